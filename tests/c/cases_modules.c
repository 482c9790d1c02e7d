/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the standard: handles, information, registers, queues, waiting. */
#include "cases.h"

#include <string.h>

#include "platform.h"

void invalid_handles(void)
{
    Session session = {0};
    Session old;
    uint32_t count = 0;
    size_t size = 0;
    CHECK(p.TLOpen(&session.system) == GC_ERR_NOT_INITIALIZED);
    CHECK(p.GCCloseLib() == GC_ERR_NOT_INITIALIZED);
    OK(p.GCGetInfo(TL_INFO_VENDOR, NULL, NULL, &size));
    open_all(&session, CAMERA);
    CHECK(p.GCInitLib() == GC_ERR_RESOURCE_IN_USE);
    CHECK(p.GCGetNumPortURLs(NULL, &count) == GC_ERR_INVALID_HANDLE);
    CHECK(p.GCGetNumPortURLs(&session, &count) == GC_ERR_INVALID_HANDLE);
    CHECK(p.DSClose(session.device) == GC_ERR_INVALID_HANDLE);
    CHECK(p.DevClose(session.stream) == GC_ERR_INVALID_HANDLE);
    CHECK(p.DSQueueBuffer(session.stream, session.event) == GC_ERR_INVALID_HANDLE);
    CHECK(p.EventGetData(session.stream, NULL, &size, 0) == GC_ERR_INVALID_HANDLE);
    TL_HANDLE second = NULL;
    CHECK(p.TLOpen(&second) == GC_ERR_RESOURCE_IN_USE);
    CHECK(p.IFOpenDevice(session.iface, CAMERA, 4, &second) == GC_ERR_RESOURCE_IN_USE);
    CHECK(p.IFOpenDevice(session.iface, "SimCam-7", 4, &second) == GC_ERR_INVALID_ID);
    CHECK(p.IFOpenDevice(session.iface, NULL, 4, &second) == GC_ERR_INVALID_PARAMETER);
    GC_ERROR last = 0;
    char text[256];
    size = sizeof text;
    OK(p.GCGetLastError(&last, text, &size));
    CHECK(last == GC_ERR_INVALID_PARAMETER && strlen(text) > 0);
    old = session;
    close_device(&session);
    CHECK(p.DevClose(old.device) == GC_ERR_INVALID_HANDLE);
    CHECK(p.DSClose(old.stream) == GC_ERR_INVALID_HANDLE);
    CHECK(p.EventKill(old.event) == GC_ERR_INVALID_HANDLE);
    CHECK(p.GCReadPort(old.port, 0, text, &size) == GC_ERR_INVALID_HANDLE);
    open_device(&session, CAMERA);
    CHECK(session.device != old.device); /* a closed handle is never given out again */
    start(&session, 2, PAYLOAD);
    OK(p.GCCloseLib()); /* everything still open is closed and freed */
    CHECK(p.DSClose(session.stream) == GC_ERR_NOT_INITIALIZED);
}

void information_rules(void)
{
    Session session = {0};
    open_all(&session, CAMERA);
    INFO_DATATYPE type = 0;
    size_t size = 0;
    char text[64];
    OK(p.DevGetInfo(session.device, DEVICE_INFO_SERIAL_NUMBER, &type, NULL, &size));
    CHECK(size == strlen("SIM-0000") + 1 && type == INFO_DATATYPE_STRING);
    size = 3;
    CHECK(p.DevGetInfo(session.device, DEVICE_INFO_SERIAL_NUMBER, &type, text, &size) == GC_ERR_BUFFER_TOO_SMALL);
    CHECK(size == strlen("SIM-0000") + 1);
    CHECK(p.DevGetInfo(session.device, DEVICE_INFO_SERIAL_NUMBER, &type, text, NULL) == GC_ERR_INVALID_PARAMETER);
    CHECK(p.DevGetInfo(session.device, 999, &type, text, &size) == GC_ERR_NOT_IMPLEMENTED);
    const PORT_HANDLE ports[] = {session.system, session.iface, session.device, session.port, session.stream};
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        for (int32_t command = 0; command <= 12; command++) {
            char out[64];
            size = sizeof out;
            OK(p.GCGetPortInfo(ports[i], command, &type, out, &size));
            size = sizeof out;
            const GC_ERROR code = p.GCGetPortURLInfo(ports[i], 0, command, &type, out, &size);
            CHECK(code == GC_ERR_SUCCESS || code == GC_ERR_NOT_AVAILABLE || code == GC_ERR_NOT_IMPLEMENTED);
        }
        uint64_t address = 0, length = 0;
        size = sizeof address;
        OK(p.GCGetPortURLInfo(ports[i], 0, URL_INFO_FILE_REGISTER_ADDRESS, NULL, &address, &size));
        OK(p.GCGetPortURLInfo(ports[i], 0, URL_INFO_FILE_SIZE, NULL, &length, &size));
        char *xml = malloc((size_t)length + 1);
        CHECK(xml != NULL);
        size = (size_t)length;
        OK(p.GCReadPort(ports[i], address, xml, &size));
        CHECK(strncmp(xml, "<?xml", 5) == 0 && xml[length - 1] == '\n');
        size = (size_t)length + 1;
        CHECK(p.GCReadPort(ports[i], address, xml, &size) == GC_ERR_INVALID_ADDRESS);
        free(xml);
    }
    for (int32_t command = -1; command <= 16; command++) {
        char out[64];
        size = sizeof out;
        (void)p.TLGetInfo(session.system, command, &type, out, &size);
        size = sizeof out;
        (void)p.DSGetInfo(session.stream, command, &type, out, &size);
    }
    close_all(&session);
}

static GC_ERROR write_size(const Session *session, int reg, const void *data, size_t size)
{
    return p.GCWritePort(session->port, description_device.registers[reg].address, data, &size);
}

void register_rules(void)
{
    Session session = {0};
    open_all(&session, CAMERA);
    int64_t value = WIDTH + 1;
    CHECK(write_size(&session, REG_Width, &value, sizeof value) == GC_ERR_INVALID_VALUE);
    value = 0;
    CHECK(write_size(&session, REG_Width, &value, sizeof value) == GC_ERR_INVALID_VALUE);
    value = 8;
    CHECK(write_size(&session, REG_Width, &value, 4) == GC_ERR_INVALID_PARAMETER);
    OK(write_size(&session, REG_Width, &value, sizeof value));
    CHECK(read_integer(session.port, REG_PayloadSize) == 8 * HEIGHT);
    CHECK(write_size(&session, REG_PayloadSize, &value, sizeof value) == GC_ERR_ACCESS_DENIED);
    value = 99;
    CHECK(write_size(&session, REG_PixelFormat, &value, sizeof value) == GC_ERR_INVALID_VALUE);
    double real = 0.0;
    CHECK(write_size(&session, REG_ExposureTime, &real, sizeof real) == GC_ERR_INVALID_VALUE);
    size_t size = sizeof value;
    CHECK(p.GCReadPort(session.port, 1, &value, &size) == GC_ERR_INVALID_ADDRESS);
    CHECK(p.GCReadPort(session.port, UINT64_MAX, &value, &size) == GC_ERR_INVALID_ADDRESS);
    CHECK(p.GCWritePort(session.stream, 0x1000, &value, &size) == GC_ERR_ACCESS_DENIED);
    PORT_REGISTER_STACK_ENTRY entries[2] = {
        {description_device.registers[REG_Width].address, &value, sizeof value}, {1, &value, sizeof value}};
    size_t count = 2;
    CHECK(p.GCReadPortStacked(session.port, entries, &count) == GC_ERR_INVALID_ADDRESS);
    CHECK(count == 1 && value == 8);
    write_integer(session.port, REG_TLParamsLocked, 1);
    CHECK(write_size(&session, REG_Width, &value, sizeof value) == GC_ERR_ACCESS_DENIED);
    write_integer(session.port, REG_TLParamsLocked, 0);
    char name[TEXT_LENGTH] = "left";
    OK(write_size(&session, REG_DeviceUserID, name, sizeof name));
    write_integer(session.port, REG_UserSetLoad, 1);
    CHECK(read_integer(session.port, REG_Width) == WIDTH);
    close_all(&session);
}

void queues(void)
{
    Session session = {0};
    open_all(&session, CAMERA);
    BUFFER_HANDLE first = NULL, second = NULL;
    void *data = NULL, *user = NULL;
    uint8_t memory[PAYLOAD];
    OK(p.DSAnnounceBuffer(session.stream, memory, sizeof memory, &session, &first));
    OK(p.DSAllocAndAnnounceBuffer(session.stream, PAYLOAD, NULL, &second));
    OK(p.DSFlushQueue(session.stream, ACQ_QUEUE_UNQUEUED_TO_INPUT));
    CHECK(p.DSQueueBuffer(session.stream, first) == GC_ERR_RESOURCE_IN_USE);
    CHECK(p.DSRevokeBuffer(session.stream, first, NULL, NULL) == GC_ERR_BUSY);
    OK(p.DSFlushQueue(session.stream, ACQ_QUEUE_INPUT_TO_OUTPUT));
    EVENT_NEW_BUFFER_DATA event;
    size_t size = sizeof event - 1;
    CHECK(p.EventGetData(session.event, &event, &size, 0) == GC_ERR_BUFFER_TOO_SMALL);
    OK(p.EventGetData(session.event, &event, &size, 0));
    CHECK(event.BufferHandle == first && event.pUserPointer == &session);
    uint64_t frame = 0;
    size = sizeof frame;
    CHECK(p.DSGetBufferInfo(session.stream, first, BUFFER_INFO_FRAMEID, NULL, &frame, &size) == GC_ERR_NOT_AVAILABLE);
    DS_BUFFER_INFO_STACKED infos[2] = {{BUFFER_INFO_SIZE, 0, &size, sizeof size, 0},
                                       {BUFFER_INFO_FRAMEID, 0, &frame, sizeof frame, 0}};
    OK(p.DSGetBufferInfoStacked(session.stream, first, infos, 2));
    CHECK(infos[0].iResult == GC_ERR_SUCCESS && size == PAYLOAD && infos[1].iResult == GC_ERR_NOT_AVAILABLE);
    OK(p.DSFlushQueue(session.stream, ACQ_QUEUE_ALL_DISCARD));
    OK(p.DSRevokeBuffer(session.stream, first, &data, &user));
    CHECK(data == memory && user == &session);
    CHECK(p.DSRevokeBuffer(session.stream, first, &data, &user) == GC_ERR_INVALID_HANDLE);
    CHECK(p.DSFlushQueue(session.stream, 77) == GC_ERR_INVALID_PARAMETER);
    CHECK(p.DSStopAcquisition(session.stream, ACQ_STOP_FLAGS_DEFAULT) == GC_ERR_RESOURCE_IN_USE);
    close_all(&session); /* the second buffer is still announced and belongs to the producer */
}

static void kill_waiter(void *argument)
{
    const Session *session = argument;
    OK(p.EventKill(session->event));
}

static void close_waiter(void *argument)
{
    const Session *session = argument;
    OK(p.DSClose(session->stream));
}

/* A wait without end is ended from another thread: by EventKill, and by closing the stream under it. */
void waiting_is_ended(void)
{
    static ThreadBody *const bodies[] = {kill_waiter, close_waiter};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        Session session;
        EVENT_NEW_BUFFER_DATA event;
        size_t size = sizeof event;
        Thread thread;
        begin(&session, TriggerSource_Line0, 2);
        CHECK(thread_start(&thread, bodies[i], &session));
        const GC_ERROR code = p.EventGetData(session.event, &event, &size, GENTL_INFINITE);
        CHECK(code == GC_ERR_ABORT || code == GC_ERR_INVALID_HANDLE);
        thread_join(thread);
        OK(p.GCCloseLib());
    }
}
