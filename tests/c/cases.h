/* SPDX-License-Identifier: Apache-2.0 */
/* The cases by name, and what they share. */
#ifndef CASES_H
#define CASES_H

#include "driver.h"

#define CAMERA "SimCam-0"
enum { WIDTH = 32, HEIGHT = 24, PAYLOAD = WIDTH * HEIGHT }; /* of the images that the tests play */

/* Waits for triggers of one source; begin opens everything and starts, end stops and closes. */
void trigger_mode(const Session *session, int64_t source);
void begin(Session *session, int64_t source, int buffers);
void end(Session *session);

#define CASES(X)                                                                                                       \
    X(software_trigger) X(line_trigger) X(free_run) X(single_and_multi_frame) X(buffer_too_small) X(underrun)          \
    X(truncated_file) X(chunks) X(faults) X(device_lost) X(invalid_handles) X(information_rules) X(register_rules)     \
    X(queues) X(waiting_is_ended) X(two_cameras) X(malformed_commands) X(fuzz_commands) X(fuzz_images) X(unusable_images)\
    X(loss_event) X(waiting_for_loss_is_ended) X(composite_buffers) X(optional_functions)              \
    X(camera_events)

#define X(name) void name(void);
CASES(X)
#undef X

#endif
