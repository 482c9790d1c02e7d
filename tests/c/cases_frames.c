/* SPDX-License-Identifier: Apache-2.0 */
/* Frames: triggers, acquisition modes, and buffers that are too small or too few. */
#include "cases.h"

#include <string.h>

#include "platform.h"

void software_trigger(void)
{
    Session session;
    Seen seen;
    begin(&session, TriggerSource_Software, 3);
    for (uint64_t i = 1; i <= 5; i++) {
        const uint64_t before = clock_ns();
        write_integer(session.port, REG_TriggerSoftware, 1);
        OK(fetch(&session, &seen, 2000));
        CHECK(seen.frame_id == i);
        CHECK(seen.timestamp_ns >= before && seen.timestamp_ns <= clock_ns());
        CHECK(seen.width == WIDTH && seen.height == HEIGHT && seen.filled == PAYLOAD);
        CHECK(!seen.incomplete && !seen.larger);
        CHECK(seen.first_pixel == 10 * ((i - 1) % 4)); /* image k of the four starts with the value 10 k */
        requeue(&session, &seen);
    }
    CHECK(fetch(&session, &seen, 1) == GC_ERR_TIMEOUT);
    end(&session);
}

void line_trigger(void)
{
    Session session;
    Seen seen;
    begin(&session, TriggerSource_Line0, 3);
    CHECK(strncmp(control("PULSE 0 Line0 scene=2\n"), "OK t_ns=", 8) == 0);
    OK(fetch(&session, &seen, 2000));
    CHECK(seen.first_pixel == 20);
    requeue(&session, &seen);
    CHECK(strncmp(control("PULSE 1 Line0\n"), "OK t_ns=", 8) == 0);
    CHECK(fetch(&session, &seen, 20) == GC_ERR_TIMEOUT);
    end(&session);
}

void free_run(void)
{
    Session session = {0};
    Seen seen;
    open_all(&session, CAMERA);
    write_real(session.port, REG_AcquisitionFrameRate, 500.0);
    start(&session, 4, PAYLOAD);
    for (uint64_t i = 1; i <= 20; i++) {
        OK(fetch(&session, &seen, 2000));
        requeue(&session, &seen);
    }
    end(&session);
}

void single_and_multi_frame(void)
{
    Session session = {0};
    Seen seen;
    open_all(&session, CAMERA);
    write_real(session.port, REG_AcquisitionFrameRate, 500.0);
    write_integer(session.port, REG_AcquisitionMode, AcquisitionMode_MultiFrame);
    write_integer(session.port, REG_AcquisitionFrameCount, 3);
    start(&session, 8, PAYLOAD);
    for (int i = 0; i < 3; i++) {
        OK(fetch(&session, &seen, 2000));
    }
    CHECK(fetch(&session, &seen, 30) == GC_ERR_TIMEOUT);
    stop(&session);
    write_integer(session.port, REG_AcquisitionMode, AcquisitionMode_SingleFrame);
    start(&session, 8, PAYLOAD);
    OK(fetch(&session, &seen, 2000));
    CHECK(fetch(&session, &seen, 30) == GC_ERR_TIMEOUT);
    end(&session);
}

void buffer_too_small(void)
{
    Session session = {0};
    Seen seen;
    open_all(&session, CAMERA);
    trigger_mode(&session, TriggerSource_Software);
    uint8_t guarded[PAYLOAD];
    memset(guarded, 0xA5, sizeof guarded);
    BUFFER_HANDLE buffer = NULL;
    OK(p.DSAnnounceBuffer(session.stream, guarded, 100, NULL, &buffer));
    CHECK(p.DSAnnounceBuffer(session.stream, guarded, 100, NULL, &buffer) == GC_ERR_RESOURCE_IN_USE);
    OK(p.DSQueueBuffer(session.stream, buffer));
    start(&session, 0, 0);
    write_integer(session.port, REG_TriggerSoftware, 1);
    OK(fetch(&session, &seen, 2000));
    CHECK(seen.incomplete && seen.larger && seen.filled <= 100);
    for (size_t i = 100; i < sizeof guarded; i++) {
        CHECK(guarded[i] == 0xA5);
    }
    end(&session);
}

void underrun(void)
{
    Session session;
    Seen seen, next;
    begin(&session, TriggerSource_Software, 1);
    write_integer(session.port, REG_TriggerSoftware, 1);
    OK(fetch(&session, &seen, 2000));
    write_integer(session.port, REG_TriggerSoftware, 1);
    CHECK(fetch(&session, &next, 50) == GC_ERR_TIMEOUT);
    uint64_t underruns = 0;
    size_t size = sizeof underruns;
    OK(p.DSGetInfo(session.stream, STREAM_INFO_NUM_UNDERRUN, NULL, &underruns, &size));
    CHECK(underruns == 1);
    requeue(&session, &seen);
    write_integer(session.port, REG_TriggerSoftware, 1);
    OK(fetch(&session, &next, 2000));
    CHECK(next.frame_id == 3); /* the lost exposure kept its number */
    end(&session);
}

/* The header of a file promises more pixels than there are: the frame says that it is incomplete. */
void truncated_file(void)
{
    Session session;
    Seen seen;
    begin(&session, TriggerSource_Software, 1);
    write_integer(session.port, REG_TriggerSoftware, 1);
    OK(fetch(&session, &seen, 2000));
    CHECK(seen.incomplete && !seen.larger && seen.filled == 0);
    end(&session);
}
