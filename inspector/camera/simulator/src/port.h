/* SPDX-License-Identifier: Apache-2.0 */
/* What is behind a port handle, and the registers of the producer's own modules. */
#ifndef SIMULATOR_PORT_H
#define SIMULATOR_PORT_H

#include "module.h"

typedef struct {
    const Description *description;
    const char *module;
    const char *id;
    DataStream *stream; /* of a stream port */
    Device *device;     /* of a stream port and of both device ports */
} Port;

/* modules.c: every port but that of the camera itself. */
GC_ERROR module_read(const Port *port, uint64_t address, void *buffer, size_t size);
GC_ERROR module_write(const Port *port, uint64_t address, const void *buffer, size_t size);

#endif
