/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that the control channel asks for, and a camera that is lost. */
#include "cases.h"

#include <string.h>

#include "platform.h"

void faults(void)
{
    Session session;
    Seen seen;
    begin(&session, TriggerSource_Line0, 4);
    (void)control("FAULT 0 lost-frame\n");
    (void)control("PULSE 0 Line0\n");
    CHECK(fetch(&session, &seen, 50) == GC_ERR_TIMEOUT);
    (void)control("FAULT 0 incomplete\n");
    (void)control("PULSE 0 Line0\n");
    OK(fetch(&session, &seen, 2000));
    CHECK(seen.frame_id == 2 && seen.incomplete && !seen.larger && seen.filled == PAYLOAD / 2);
    (void)control("FAULT 0 duplicate-id\n");
    (void)control("PULSE 0 Line0 scene=3\n");
    requeue(&session, &seen);
    OK(fetch(&session, &seen, 2000));
    CHECK(seen.frame_id == 2 && seen.first_pixel == 30);
    (void)control("FAULT 0 frozen\n");
    (void)control("PULSE 0 Line0 scene=1\n");
    requeue(&session, &seen);
    OK(fetch(&session, &seen, 2000));
    CHECK(seen.frame_id == 4 && seen.first_pixel == 30);
    (void)control("FAULT 0 dark\n");
    (void)control("PULSE 0 Line0 scene=3\n");
    requeue(&session, &seen);
    OK(fetch(&session, &seen, 2000));
    CHECK(seen.first_pixel == 0);
    (void)control("FAULT 0 wrong-size\n");
    (void)control("PULSE 0 Line0\n");
    requeue(&session, &seen);
    OK(fetch(&session, &seen, 2000));
    CHECK(seen.height == HEIGHT / 2);
    (void)control("FAULT 0 brightness percent=90\n");
    (void)control("PULSE 0 Line0 scene=3\n");
    requeue(&session, &seen);
    OK(fetch(&session, &seen, 2000));
    CHECK(seen.first_pixel == 3);
    (void)control("FAULT 0 defocus radius=255\n");
    (void)control("PULSE 0 Line0 scene=3\n");
    requeue(&session, &seen);
    OK(fetch(&session, &seen, 2000));
    CHECK(seen.first_pixel == 30);
    (void)control("FAULT 0 underrun\n");
    (void)control("PULSE 0 Line0\n");
    requeue(&session, &seen);
    uint64_t underruns = 0;
    while (underruns == 0) {
        size_t size = sizeof underruns;
        CHECK(fetch(&session, &seen, 20) == GC_ERR_TIMEOUT);
        OK(p.DSGetInfo(session.stream, STREAM_INFO_NUM_UNDERRUN, NULL, &underruns, &size));
    }
    (void)control("FAULT 0 late ms=60\n");
    (void)control("PULSE 0 Line0\n");
    OK(fetch(&session, &seen, 2000));
    CHECK(clock_ns() - seen.timestamp_ns >= UINT64_C(60000000));
    end(&session);
}

void device_lost(void)
{
    Session session;
    Seen seen;
    begin(&session, TriggerSource_Line0, 2);
    (void)control("FAULT 0 device-lost\n");
    int64_t value = 0;
    size_t size = sizeof value;
    CHECK(p.GCReadPort(session.port, description_device.registers[REG_Width].address, &value, &size) == GC_ERR_IO);
    (void)control("PULSE 0 Line0\n");
    CHECK(fetch(&session, &seen, 20) == GC_ERR_TIMEOUT);
    (void)control("FAULT 0 device-back\n");
    CHECK(p.GCReadPort(session.port, description_device.registers[REG_Width].address, &value, &size) == GC_ERR_IO);
    CHECK(p.DSStartAcquisition(session.stream, 0, GENTL_INFINITE) != GC_ERR_SUCCESS);
    close_device(&session); /* without stopping: closing cleans up */
    open_device(&session, CAMERA);
    trigger_mode(&session, TriggerSource_Line0);
    start(&session, 2, PAYLOAD);
    (void)control("PULSE 0 Line0\n");
    OK(fetch(&session, &seen, 2000));
    (void)control("FAULT 0 device-lost\n");
    bool8_t changed = 0;
    OK(p.IFUpdateDeviceList(session.iface, &changed, 10));
    uint32_t count = 0;
    OK(p.IFGetNumDevices(session.iface, &count));
    CHECK(changed == 1 && count == 1);
    close_device(&session);
    DEV_HANDLE device = NULL;
    CHECK(p.IFOpenDevice(session.iface, CAMERA, 4, &device) == GC_ERR_INVALID_ID);
    (void)control("FAULT 0 device-back\n");
    OK(p.IFUpdateDeviceList(session.iface, &changed, 10));
    CHECK(changed == 1);
    open_device(&session, CAMERA);
    close_all(&session);
}
