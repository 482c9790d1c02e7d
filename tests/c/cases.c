/* SPDX-License-Identifier: Apache-2.0 */
/* The cases that tests/contract/test_simulator_producer.py runs under sanitizers, each in its own process. */
#include "driver.h"

#include <string.h>

#include "platform.h"

static const char *const CAMERA = "SimCam-0";
enum { WIDTH = 32, HEIGHT = 24, PAYLOAD = WIDTH * HEIGHT };

static void trigger_mode(const Session *session, int64_t source)
{
    write_integer(session->port, REG_TriggerMode, TriggerMode_On);
    write_integer(session->port, REG_TriggerSource, source);
    write_real(session->port, REG_ExposureTime, 1000.0);
}

static void begin(Session *session, int64_t source, int buffers)
{
    memset(session, 0, sizeof *session);
    open_all(session, CAMERA);
    trigger_mode(session, source);
    start(session, buffers, PAYLOAD);
}

static void end(Session *session)
{
    stop(session);
    close_all(session);
}

static void software_trigger(void)
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

static void line_trigger(void)
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

static void free_run(void)
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

static void single_and_multi_frame(void)
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

static void buffer_too_small(void)
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

static void underrun(void)
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

static void faults(void)
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
    (void)control("FAULT 0 late ms=60\n");
    (void)control("PULSE 0 Line0\n");
    requeue(&session, &seen);
    OK(fetch(&session, &seen, 2000));
    CHECK(clock_ns() - seen.timestamp_ns >= UINT64_C(60000000));
    end(&session);
}

static void device_lost(void)
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

static void invalid_handles(void)
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

static void information_rules(void)
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

static void register_rules(void)
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

static void queues(void)
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
static void waiting_is_ended(void)
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

typedef struct {
    const char *camera;
    Session session;
} Side;

static void run_side(void *argument)
{
    Side *side = argument;
    Seen seen;
    for (int round = 0; round < 5; round++) {
        open_device(&side->session, side->camera);
        write_real(side->session.port, REG_AcquisitionFrameRate, 1000.0);
        write_real(side->session.port, REG_ExposureTime, 100.0);
        start(&side->session, 3, PAYLOAD);
        for (int i = 0; i < 20; i++) {
            OK(fetch(&side->session, &seen, 2000));
            requeue(&side->session, &seen);
        }
        stop(&side->session);
        close_device(&side->session);
    }
}

/* Two threads stream from the two cameras, while a third one talks to the control channel. */
static void two_cameras(void)
{
    Side sides[2] = {{"SimCam-0", {0}}, {"SimCam-1", {0}}};
    Thread threads[2];
    open_all(&sides[0].session, sides[0].camera);
    sides[1].session = sides[0].session;
    close_device(&sides[0].session);
    for (int i = 0; i < 2; i++) {
        CHECK(thread_start(&threads[i], run_side, &sides[i]));
    }
    for (int i = 0; i < 20; i++) {
        CHECK(strncmp(control("STATUS\n"), "OK cameras=2", 12) == 0);
    }
    thread_join(threads[0]);
    thread_join(threads[1]);
    OK(p.GCCloseLib());
}

static void malformed_commands(void)
{
    Session session = {0};
    open_all(&session, CAMERA);
    static const char *const lines[] = {"\n",
                                        "   \n",
                                        "PULSE\n",
                                        "PULSE 2 Line0\n",
                                        "PULSE 0 Line1\n",
                                        "PULSE 0 Line0 scene=x\n",
                                        "PULSE 0 Line0 scene=99999999999999999999\n",
                                        "LINE 0 Line0 2\n",
                                        "LINE 0 Line0\n",
                                        "FAULT 0 nonsense\n",
                                        "FAULT 0 late ms=-1\n",
                                        "pulse 0 Line0\n",
                                        "A B C D E F G H I J K L\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        CHECK(strncmp(control(lines[i]), "ERR ", 4) == 0);
    }
    char long_line[400];
    memset(long_line, 'x', sizeof long_line);
    long_line[sizeof long_line - 1] = '\0';
    CHECK(strncmp(control(long_line), "ERR line longer", 15) == 0);
    CHECK(strncmp(control("COUNTERS 0\r\n"), "OK Counter0=0", 13) == 0);
    close_all(&session);
}

/* The header of a file promises more pixels than there are: the frame says that it is incomplete. */
static void truncated_file(void)
{
    Session session;
    Seen seen;
    begin(&session, TriggerSource_Software, 1);
    write_integer(session.port, REG_TriggerSoftware, 1);
    OK(fetch(&session, &seen, 2000));
    CHECK(seen.incomplete && !seen.larger && seen.filled == 0);
    end(&session);
}

static uint32_t fuzz_state = 1;

static uint32_t fuzz_next(uint32_t limit)
{
    fuzz_state = fuzz_state * 1664525u + 1013904223u;
    return (fuzz_state >> 8) % limit;
}

/* Random lines out of the words of the protocol and plain garbage: each gets one reply, and nothing breaks. */
static void fuzz_commands(void)
{
    static const char *const words[] = {"PULSE",     "LINE",   "OUTPUTS", "COUNTERS",    "FAULT",     "STATUS", "0",
                                        "1",         "2",      "Line0",   "Line1",       "scene=3",   "scene=", "n=1",
                                        "ms=0",      "late",   "dark",    "device-lost", "n=-1",      "=",      "ms=x",
                                        "frozen",    "\t",     "%s%n",    "\xff\xfe",     "wrong-size"};
    Session session;
    begin(&session, TriggerSource_Line0, 3);
    for (int round = 0; round < 1500; round++) {
        char line[256] = "";
        size_t length = 0;
        const uint32_t count = fuzz_next(12);
        for (uint32_t i = 0; i < count && length < 200; i++) {
            const char *word = words[fuzz_next(sizeof words / sizeof words[0])];
            const size_t size = strlen(word);
            memcpy(line + length, word, size);
            length += size;
            line[length++] = ' ';
        }
        line[length] = '\n';
        const char *reply = control(line);
        CHECK(strncmp(reply, "OK", 2) == 0 || strncmp(reply, "ERR ", 4) == 0);
        CHECK(strchr(reply, '\n') == reply + strlen(reply) - 1);
    }
    (void)control("FAULT 0 device-back\n");
    (void)control("FAULT 1 device-back\n");
    OK(p.GCCloseLib());
}

/* Damaged headers: the library opens or refuses, and never reads beyond the file. */
static void fuzz_images(void)
{
    static const char start_of_file[] = "P5\n# comment\n32 24\n255\n0123456789";
    char *folder = environment_get("INSPECTOR_SIMULATOR_IMAGES");
    CHECK(folder != NULL);
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/0.pgm", folder);
    free(folder);
    for (int round = 0; round < 500; round++) {
        char content[sizeof start_of_file];
        memcpy(content, start_of_file, sizeof content);
        size_t size = sizeof content - 1;
        for (uint32_t i = fuzz_next(4); i > 0; i--) {
            content[fuzz_next((uint32_t)size)] = (char)fuzz_next(256);
        }
        size = fuzz_next(4) == 0 ? fuzz_next((uint32_t)size) : size;
        FILE *file = file_open(path, "wb");
        CHECK(file != NULL && fwrite(content, 1, size, file) == size);
        CHECK(fclose(file) == 0);
        const GC_ERROR code = p.GCInitLib();
        CHECK(code == GC_ERR_SUCCESS || code == GC_ERR_INVALID_PARAMETER);
        if (code == GC_ERR_SUCCESS) {
            OK(p.GCCloseLib());
        }
    }
}

/* Images that cannot be played are refused when the library opens. */
static void unusable_images(void)
{
    GC_ERROR code = 0;
    char text[512];
    size_t size = sizeof text;
    CHECK(p.GCInitLib() == GC_ERR_INVALID_PARAMETER);
    OK(p.GCGetLastError(&code, text, &size));
    (void)printf("%s\n", text);
}

void run_case(const char *name)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {
#define CASE(function) {#function, function}
        CASE(software_trigger),  CASE(line_trigger),    CASE(free_run),           CASE(single_and_multi_frame),
        CASE(buffer_too_small),  CASE(underrun),        CASE(faults),             CASE(device_lost),
        CASE(invalid_handles),   CASE(queues),          CASE(information_rules),  CASE(register_rules),
        CASE(waiting_is_ended),  CASE(two_cameras),     CASE(malformed_commands), CASE(unusable_images),
        CASE(truncated_file),    CASE(fuzz_commands),   CASE(fuzz_images),
#undef CASE
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
