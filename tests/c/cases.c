/* SPDX-License-Identifier: Apache-2.0 */
/* The cases that tests/contract/test_simulator_producer.py runs under sanitizers, each in its own process. */
#include "cases.h"

#include <string.h>

void trigger_mode(const Session *session, int64_t source)
{
    write_integer(session->port, REG_TriggerMode, TriggerMode_On);
    write_integer(session->port, REG_TriggerSource, source);
    write_real(session->port, REG_ExposureTime, 1000.0);
}

void begin(Session *session, int64_t source, int buffers)
{
    memset(session, 0, sizeof *session);
    open_all(session, CAMERA);
    trigger_mode(session, source);
    start(session, buffers, PAYLOAD);
}

void end(Session *session)
{
    stop(session);
    close_all(session);
}

void run_case(const char *name)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {
#define X(function) {#function, function},
        CASES(X)
#undef X
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(cases[i].name, name) == 0) {
            cases[i].run();
            return;
        }
    }
    (void)fprintf(stderr, "no case %s\n", name);
    exit(2);
}
