/* SPDX-License-Identifier: Apache-2.0 */
/* The control channel: a loopback TCP port on which a plant simulation or a test moves the camera's world. */
#ifndef SIMULATOR_CONTROL_H
#define SIMULATOR_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

/* Starts when INSPECTOR_SIMULATOR_ENDPOINT names a file; true when it is not wanted, too. Called with the lock. */
bool control_start(void);
/* Ends it and removes the file. Releases the lock while it waits for its thread. */
void control_stop(void);

/* Executes one command line and writes the reply, with its line end. Called with the lock. */
void command_execute(char *line, char *reply, size_t size);

#endif
