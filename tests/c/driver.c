/* SPDX-License-Identifier: Apache-2.0 */
#include "driver.h"

#include <string.h>

#include "platform.h"

#if defined(_WIN32)
typedef HMODULE Library;
#define library_load(path) LoadLibraryA(path)
#define library_find(library, name) GetProcAddress(library, name)
#define library_unload(library) FreeLibrary(library)
typedef FARPROC Symbol;
#else
#include <dlfcn.h>
typedef void *Library;
#define library_load(path) dlopen(path, RTLD_NOW | RTLD_LOCAL)
#define library_find(library, name) dlsym(library, name)
#define library_unload(library) (dlclose(library) == 0)
typedef void *Symbol;
#endif

Producer p;

static Library library;

static void load(const char *path)
{
    library = library_load(path);
    CHECK(library != NULL);
#define X(name)                                                                                                        \
    {                                                                                                                  \
        const Symbol found = library_find(library, #name);                                                             \
        CHECK(found != NULL);                                                                                          \
        memcpy(&p.name, &found, sizeof found);                                                                         \
    }
    FUNCTIONS(X)
#undef X
}

void open_device(Session *session, const char *camera)
{
    char id[64];
    size_t size = sizeof id;
    OK(p.IFOpenDevice(session->iface, camera, 4, &session->device));
    OK(p.DevGetPort(session->device, &session->port));
    OK(p.DevGetDataStreamID(session->device, 0, id, &size));
    OK(p.DevOpenDataStream(session->device, id, &session->stream));
    OK(p.GCRegisterEvent(session->stream, EVENT_NEW_BUFFER, &session->event));
}

void open_all(Session *session, const char *camera)
{
    char id[64];
    size_t size = sizeof id;
    OK(p.GCInitLib());
    OK(p.TLOpen(&session->system));
    OK(p.TLUpdateInterfaceList(session->system, NULL, 10));
    OK(p.TLGetInterfaceID(session->system, 0, id, &size));
    OK(p.TLOpenInterface(session->system, id, &session->iface));
    OK(p.IFUpdateDeviceList(session->iface, NULL, 10));
    open_device(session, camera);
}

void close_device(Session *session)
{
    OK(p.GCUnregisterEvent(session->stream, EVENT_NEW_BUFFER));
    OK(p.DSClose(session->stream));
    OK(p.DevClose(session->device));
}

void close_all(Session *session)
{
    close_device(session);
    OK(p.IFClose(session->iface));
    OK(p.TLClose(session->system));
    OK(p.GCCloseLib());
}

void write_integer(PORT_HANDLE port, int reg, int64_t value)
{
    size_t size = sizeof value;
    OK(p.GCWritePort(port, description_device.registers[reg].address, &value, &size));
}

void write_real(PORT_HANDLE port, int reg, double value)
{
    size_t size = sizeof value;
    OK(p.GCWritePort(port, description_device.registers[reg].address, &value, &size));
}

int64_t read_integer(PORT_HANDLE port, int reg)
{
    int64_t value = 0;
    size_t size = sizeof value;
    OK(p.GCReadPort(port, description_device.registers[reg].address, &value, &size));
    return value;
}

void start(Session *session, int buffers, size_t size)
{
    for (int i = 0; i < buffers; i++) {
        BUFFER_HANDLE buffer = NULL;
        OK(p.DSAllocAndAnnounceBuffer(session->stream, size, NULL, &buffer));
        OK(p.DSQueueBuffer(session->stream, buffer));
    }
    OK(p.DSStartAcquisition(session->stream, ACQ_START_FLAGS_DEFAULT, GENTL_INFINITE));
    write_integer(session->port, REG_AcquisitionStart, 1);
}

void stop(Session *session)
{
    BUFFER_HANDLE buffer = NULL;
    write_integer(session->port, REG_AcquisitionStop, 1);
    OK(p.DSStopAcquisition(session->stream, ACQ_STOP_FLAGS_KILL));
    OK(p.DSFlushQueue(session->stream, ACQ_QUEUE_ALL_DISCARD));
    while (p.DSGetBufferID(session->stream, 0, &buffer) == GC_ERR_SUCCESS) {
        OK(p.DSRevokeBuffer(session->stream, buffer, NULL, NULL));
    }
}

static void buffer_info(const Session *session, BUFFER_HANDLE buffer, int32_t command, void *value, size_t size)
{
    INFO_DATATYPE type = 0;
    const size_t wanted = size;
    OK(p.DSGetBufferInfo(session->stream, buffer, command, &type, value, &size));
    CHECK(size == wanted);
}

GC_ERROR fetch(Session *session, Seen *seen, uint64_t timeout_ms)
{
    EVENT_NEW_BUFFER_DATA data;
    size_t size = sizeof data;
    const GC_ERROR code = p.EventGetData(session->event, &data, &size, timeout_ms);
    if (code != GC_ERR_SUCCESS) {
        return code;
    }
    bool8_t incomplete = 0, larger = 0;
    uint8_t *base = NULL;
    seen->buffer = data.BufferHandle;
    buffer_info(session, seen->buffer, BUFFER_INFO_FRAMEID, &seen->frame_id, sizeof seen->frame_id);
    buffer_info(session, seen->buffer, BUFFER_INFO_TIMESTAMP_NS, &seen->timestamp_ns, sizeof seen->timestamp_ns);
    buffer_info(session, seen->buffer, BUFFER_INFO_WIDTH, &seen->width, sizeof seen->width);
    buffer_info(session, seen->buffer, BUFFER_INFO_HEIGHT, &seen->height, sizeof seen->height);
    buffer_info(session, seen->buffer, BUFFER_INFO_SIZE_FILLED, &seen->filled, sizeof seen->filled);
    buffer_info(session, seen->buffer, BUFFER_INFO_IS_INCOMPLETE, &incomplete, sizeof incomplete);
    buffer_info(session, seen->buffer, BUFFER_INFO_DATA_LARGER_THAN_BUFFER, &larger, sizeof larger);
    buffer_info(session, seen->buffer, BUFFER_INFO_BASE, &base, sizeof base);
    seen->incomplete = incomplete != 0;
    seen->larger = larger != 0;
    seen->first_pixel = base[0];
    return GC_ERR_SUCCESS;
}

void requeue(Session *session, const Seen *seen) { OK(p.DSQueueBuffer(session->stream, seen->buffer)); }

static uint16_t control_port(void)
{
    unsigned port = 0;
    char *path = environment_get("INSPECTOR_SIMULATOR_ENDPOINT");
    CHECK(path != NULL);
    FILE *file = file_open(path, "rb");
    free(path);
    CHECK(file != NULL);
    CHECK(fscanf(file, "{\"port\": %u", &port) == 1);
    (void)fclose(file);
    return (uint16_t)port;
}

const char *control(const char *line)
{
    static char reply[1024];
    const Socket connection = socket_connect(control_port());
    CHECK(connection != NO_SOCKET);
    CHECK(socket_send(connection, line, (int)strlen(line)));
    size_t length = 0;
    while (length == 0 || reply[length - 1] != '\n') {
        const int count = socket_receive(connection, reply + length, (int)(sizeof reply - 1 - length));
        CHECK(count > 0);
        length += (size_t)count;
    }
    reply[length] = '\0';
    socket_close(connection);
    return reply;
}

int main(int count, char **arguments)
{
    CHECK(count == 3);
    CHECK(sockets_start());
    load(arguments[1]);
    run_case(arguments[2]);
    CHECK(library_unload(library));
    sockets_stop();
    return 0;
}
