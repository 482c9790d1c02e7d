/* SPDX-License-Identifier: Apache-2.0 */
/* EVENT_MODULE of the device: the camera was lost. EVENT_REMOTE_DEVICE: what the camera tells. */
#include "cases.h"

#include <string.h>

#include "platform.h"

static uint64_t number_of(EVENT_HANDLE event, int32_t command)
{
    uint64_t number = 0;
    size_t size = sizeof number; /* little-endian: also for what is shorter */
    OK(p.EventGetInfo(event, command, NULL, &number, &size));
    return number;
}

static void check_loss(EVENT_HANDLE event, uint64_t before_ns)
{
    uint8_t data[64];
    uint64_t values[2], id = 0;
    char text[32];
    size_t size = 1, id_size = sizeof id, text_size = sizeof text, value_size = sizeof values;
    CHECK(p.EventGetData(event, data, &size, 60000) == GC_ERR_BUFFER_TOO_SMALL);
    CHECK(number_of(event, EVENT_NUM_IN_QUEUE) == 1 && number_of(event, EVENT_SIZE_MAX) == size);
    OK(p.EventGetData(event, data, &size, 0));
    OK(p.EventGetDataInfo(event, data, size, EVENT_DATA_ID, NULL, text, &text_size));
    CHECK(strcmp(text, "00002001") == 0);
    OK(p.EventGetDataInfo(event, data, size, EVENT_DATA_NUMID, NULL, &id, &id_size));
    OK(p.EventGetDataInfo(event, data, size, EVENT_DATA_VALUE, NULL, values, &value_size));
    CHECK(id == 0x2001 && values[0] == id && values[1] >= before_ns && values[1] <= clock_ns());
    CHECK(p.EventGetDataInfo(event, data, size - 1, EVENT_DATA_ID, NULL, text, &text_size) != GC_ERR_SUCCESS);
    CHECK(p.EventGetDataInfo(event, data, size, 99, NULL, text, &text_size) == GC_ERR_NOT_IMPLEMENTED);
    CHECK(p.EventGetData(event, data, &size, 1) == GC_ERR_TIMEOUT);
    CHECK(number_of(event, EVENT_NUM_FIRED) == 1 && number_of(event, EVENT_NUM_IN_QUEUE) == 0);
}

void loss_event(void)
{
    Session session = {0};
    EVENT_HANDLE event = NULL, second = NULL;
    open_all(&session, CAMERA);
    CHECK(p.GCRegisterEvent(session.device, EVENT_ERROR, &event) == GC_ERR_NOT_IMPLEMENTED);
    CHECK(p.GCRegisterEvent(session.stream, EVENT_MODULE, &event) == GC_ERR_NOT_IMPLEMENTED);
    CHECK(p.GCUnregisterEvent(session.device, EVENT_MODULE) == GC_ERR_INVALID_PARAMETER);
    OK(p.GCRegisterEvent(session.device, EVENT_MODULE, &event));
    CHECK(p.GCRegisterEvent(session.device, EVENT_MODULE, &second) == GC_ERR_RESOURCE_IN_USE);
    const uint64_t before_ns = clock_ns();
    (void)control("FAULT 0 device-lost\n");
    (void)control("FAULT 0 device-lost\n"); /* one loss, one event */
    check_loss(event, before_ns);
    (void)control("FAULT 0 device-back\n");
    close_device(&session);
    CHECK(p.EventKill(event) == GC_ERR_INVALID_HANDLE);

    open_device(&session, CAMERA);
    OK(p.GCRegisterEvent(session.device, EVENT_MODULE, &event));
    (void)control("FAULT 0 device-lost\n");
    OK(p.EventFlush(event));
    size_t size = 64;
    uint8_t data[64];
    CHECK(p.EventGetData(event, data, &size, 1) == GC_ERR_TIMEOUT);
    (void)control("FAULT 0 device-back\n");
    close_device(&session);

    open_device(&session, CAMERA);
    OK(p.GCRegisterEvent(session.device, EVENT_MODULE, &event));
    const RegisterInfo *notification = &description_local_device.registers[DEVICE_EventNotification];
    int64_t off = EventNotification_Off;
    size = sizeof off;
    OK(p.GCWritePort(session.device, notification->address, &off, &size));
    off = 7;
    CHECK(p.GCWritePort(session.device, notification->address, &off, &size) == GC_ERR_INVALID_VALUE);
    (void)control("FAULT 0 device-lost\n");
    size = sizeof data;
    CHECK(p.EventGetData(event, data, &size, 1) == GC_ERR_TIMEOUT);
    (void)control("FAULT 0 device-back\n");
    OK(p.GCUnregisterEvent(session.device, EVENT_MODULE));
    close_all(&session);
}

static void kill_waiter(void *argument) { OK(p.EventKill(*(EVENT_HANDLE *)argument)); }
static void unregister_waiter(void *argument) { (void)p.GCUnregisterEvent(((Session *)argument)->device, EVENT_MODULE); }
static void close_waiter(void *argument) { OK(p.DevClose(((Session *)argument)->device)); }

/* A wait without end for a loss is ended by killing it, by unregistering the event, and by closing the device. */
void waiting_for_loss_is_ended(void)
{
    static ThreadBody *const bodies[] = {kill_waiter, unregister_waiter, close_waiter};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        Session session = {0};
        EVENT_HANDLE event = NULL;
        uint8_t data[64];
        size_t size = sizeof data;
        Thread thread;
        open_all(&session, CAMERA);
        OK(p.GCRegisterEvent(session.device, EVENT_MODULE, &event));
        CHECK(thread_start(&thread, bodies[i], i == 0 ? (void *)&event : (void *)&session));
        const GC_ERROR code = p.EventGetData(event, data, &size, GENTL_INFINITE);
        CHECK(code == GC_ERR_ABORT || code == GC_ERR_INVALID_HANDLE);
        thread_join(thread);
        OK(p.GCCloseLib());
    }
}

static void notify(const Session *session, int64_t selector)
{
    write_integer(session->port, REG_EventSelector, selector);
    CHECK(read_integer(session->port, REG_EventNotification) == EventNotification_Off);
    write_integer(session->port, REG_EventNotification, EventNotification_On);
}

/* Takes what the camera tells next; false when there is nothing. */
static bool told(EVENT_HANDLE event, uint64_t id, uint64_t frame_id, uint64_t not_before_ns)
{
    uint8_t data[64];
    uint64_t values[3] = {0, 0, 0}, number = 0;
    size_t size = sizeof data, value_size = sizeof values, number_size = sizeof number;
    const GC_ERROR code = p.EventGetData(event, data, &size, 1);
    if (code == GC_ERR_TIMEOUT) {
        return false;
    }
    OK(code);
    OK(p.EventGetDataInfo(event, data, size, EVENT_DATA_NUMID, NULL, &number, &number_size));
    OK(p.EventGetDataInfo(event, data, size, EVENT_DATA_VALUE, NULL, values, &value_size));
    CHECK(value_size == 24 && number == id && values[0] == id && values[2] == frame_id);
    CHECK(values[1] >= not_before_ns && values[1] <= clock_ns());
    return true;
}

/* EVENT_REMOTE_DEVICE: what the camera tells, in order, and only what it was asked to. */
void camera_events(void)
{
    Session session = {0};
    Seen seen;
    EVENT_HANDLE event = NULL, second = NULL;
    open_all(&session, CAMERA);
    trigger_mode(&session, TriggerSource_Line0);
    OK(p.GCRegisterEvent(session.device, EVENT_REMOTE_DEVICE, &event));
    CHECK(p.GCRegisterEvent(session.port, EVENT_REMOTE_DEVICE, &second) == GC_ERR_RESOURCE_IN_USE);
    start(&session, 2, PAYLOAD);
    (void)control("PULSE 0 Line0\n");
    OK(fetch(&session, &seen, 60000));
    requeue(&session, &seen);
    CHECK(!told(event, 0, 0, 0)); /* off by the factory's settings */
    notify(&session, EventSelector_ExposureEnd);
    notify(&session, EventSelector_FrameTriggerMissed);
    notify(&session, EventSelector_Line0RisingEdge);
    write_real(session.port, REG_ExposureTime, 500000.0); /* the second edge comes within it */
    const uint64_t before_ns = clock_ns();
    (void)control("PULSE 0 Line0\n");
    (void)control("PULSE 0 Line0\n");
    OK(fetch(&session, &seen, 60000));
    CHECK(told(event, EventID_EventLine0RisingEdge, 1, before_ns));
    CHECK(told(event, EventID_EventLine0RisingEdge, 2, before_ns));
    CHECK(told(event, EventID_EventFrameTriggerMissed, 2, before_ns));
    CHECK(told(event, EventID_EventExposureEnd, 2, before_ns + 500000000u));
    CHECK(!told(event, 0, 0, 0));
    stop(&session);
    for (int i = 0; i < 70; i++) {
        (void)control("PULSE 0 Line0\n"); /* edges, and no exposures; the oldest are dropped */
    }
    CHECK(number_of(event, EVENT_NUM_IN_QUEUE) == 64 && number_of(event, EVENT_EVENT_TYPE) == EVENT_REMOTE_DEVICE);
    OK(p.EventFlush(event));
    CHECK(!told(event, 0, 0, 0));
    write_integer(session.port, REG_UserSetLoad, 1);
    (void)control("PULSE 0 Line0\n");
    CHECK(!told(event, 0, 0, 0));
    OK(p.GCUnregisterEvent(session.device, EVENT_REMOTE_DEVICE));
    close_all(&session);
}
