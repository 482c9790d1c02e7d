/* SPDX-License-Identifier: Apache-2.0 */
/* Events: EVENT_NEW_BUFFER of a data stream, and EVENT_MODULE of a device, which says that the camera was lost. */
#include "library.h"
#include "module.h"

#include <stdio.h>
#include <string.h>

/* What EVENT_MODULE hands out; from Address 0 on it is what the nodes of the event port read. */
typedef struct {
    uint64_t id;
    uint64_t timestamp_ns;
} ModuleEventData;

/* The event of this kind that the handle's module has, NULL when it has none. */
static Event *event_of(void *source, EVENT_TYPE type)
{
    DataStream *stream = handle_object(source, HANDLE_STREAM);
    Device *device = handle_object(source, HANDLE_DEVICE);
    if (stream != NULL && type == EVENT_NEW_BUFFER) {
        return &stream->event;
    }
    return device != NULL && type == EVENT_MODULE ? &device->event : NULL;
}

static size_t event_pending(const Event *event)
{
    return event->stream != NULL ? event->stream->output.count : event->device->loss_untold;
}

void event_end(Event *event)
{
    while (event->ending) {
        condition_wait(&event->arrived, &library_lock, FOREVER_NS);
    }
    event->ending = true;
    handle_close(event->handle);
    condition_wake_all(&event->arrived);
    while (event->waiters > 0) {
        condition_wait(&event->arrived, &library_lock, FOREVER_NS);
    }
    event->handle = NULL;
    event->kills = 0;
    event->ending = false;
    condition_wake_all(&event->arrived);
}

void event_fire(Event *event)
{
    event->fired++;
    condition_wake_all(&event->arrived);
}

GC_API GCRegisterEvent(EVENTSRC_HANDLE hEventSrc, EVENT_TYPE iEventID, EVENT_HANDLE *phEvent)
{
    if (!api_enter() || handle_kind(hEventSrc) == HANDLE_NONE) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (phEvent == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    Event *event = event_of(hEventSrc, iEventID);
    if (event == NULL) {
        return api_leave(__func__, GC_ERR_NOT_IMPLEMENTED);
    }
    if (event->handle != NULL) {
        return api_leave(__func__, GC_ERR_RESOURCE_IN_USE);
    }
    event->handle = handle_open(HANDLE_EVENT, event);
    event->fired = 0;
    *phEvent = event->handle;
    return api_leave(__func__, *phEvent != NULL ? GC_ERR_SUCCESS : GC_ERR_RESOURCE_EXHAUSTED);
}

GC_API GCUnregisterEvent(EVENTSRC_HANDLE hEventSrc, EVENT_TYPE iEventID)
{
    if (!api_enter() || handle_kind(hEventSrc) == HANDLE_NONE) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    Event *event = event_of(hEventSrc, iEventID);
    if (event == NULL || event->handle == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    event_end(event);
    return api_leave(__func__, GC_ERR_SUCCESS);
}

/* Waits until there is something to hand out; the handle may be closed when this returns ABORT. */
static GC_ERROR event_wait(Event *event, EVENT_HANDLE handle, uint64_t timeout_ms)
{
    const uint64_t now = clock_ns();
    const uint64_t deadline = timeout_ms >= (FOREVER_NS - now) / 1000000u ? FOREVER_NS : now + timeout_ms * 1000000u;
    while (handle_object(handle, HANDLE_EVENT) != NULL) {
        if (event->kills > 0) {
            event->kills--;
            return GC_ERR_ABORT;
        }
        if (event_pending(event) > 0) {
            return GC_ERR_SUCCESS;
        }
        if (deadline != FOREVER_NS && clock_ns() >= deadline) {
            return GC_ERR_TIMEOUT;
        }
        event->waiters++;
        condition_wait(&event->arrived, &library_lock, deadline);
        event->waiters--;
    }
    condition_wake_all(&event->arrived); /* whoever ended the event waits for this */
    return GC_ERR_ABORT;
}

static size_t data_size(const Event *event)
{
    return event->stream != NULL ? sizeof(EVENT_NEW_BUFFER_DATA) : sizeof(ModuleEventData);
}

static void take_data(Event *event, void *out)
{
    if (event->stream != NULL) {
        const Buffer *buffer = queue_pop(&event->stream->output);
        const EVENT_NEW_BUFFER_DATA data = {buffer->handle, buffer->user};
        memcpy(out, &data, sizeof data);
    } else {
        const ModuleEventData data = {EventID_EventDeviceLost, event->device->lost_ns};
        memcpy(out, &data, sizeof data);
        event->device->loss_untold = false;
    }
}

GC_API EventGetData(EVENT_HANDLE hEvent, void *pBuffer, size_t *piSize, uint64_t iTimeout)
{
    Event *event = api_enter_with(hEvent, HANDLE_EVENT);
    if (event == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (piSize == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    const GC_ERROR code = event_wait(event, hEvent, iTimeout);
    if (code != GC_ERR_SUCCESS) {
        return api_leave(__func__, code);
    }
    const size_t room = *piSize;
    *piSize = data_size(event);
    if (pBuffer != NULL && room < *piSize) {
        return api_leave(__func__, GC_ERR_BUFFER_TOO_SMALL);
    }
    if (pBuffer != NULL) {
        take_data(event, pBuffer);
    }
    return api_leave(__func__, GC_ERR_SUCCESS);
}

static GC_ERROR new_buffer_info(const void *in, EVENT_DATA_INFO_CMD command, INFO_DATATYPE *type, void *out,
                                size_t *size)
{
    EVENT_NEW_BUFFER_DATA data;
    memcpy(&data, in, sizeof data);
    switch (command) {
    case EVENT_DATA_ID:
        return info_pointer(data.BufferHandle, type, out, size);
    case EVENT_DATA_VALUE:
        return info_pointer(data.pUserPointer, type, out, size);
    default:
        return info_unknown(command);
    }
}

static GC_ERROR module_event_info(const void *in, EVENT_DATA_INFO_CMD command, INFO_DATATYPE *type, void *out,
                                  size_t *size)
{
    ModuleEventData data;
    char id[2 * sizeof data.id + 1];
    memcpy(&data, in, sizeof data);
    switch (command) {
    case EVENT_DATA_ID:
        /* Hexadecimal, as the EventID of the port in the description file. */
        (void)snprintf(id, sizeof id, "%08llX", (unsigned long long)data.id);
        return info_string(id, type, out, size);
    case EVENT_DATA_NUMID:
        return info_uint64(data.id, type, out, size);
    case EVENT_DATA_VALUE:
        return info_bytes(INFO_DATATYPE_BUFFER, &data, sizeof data, type, out, size);
    default:
        return info_unknown(command);
    }
}

GC_API EventGetDataInfo(EVENT_HANDLE hEvent, const void *pInBuffer, size_t iInSize, EVENT_DATA_INFO_CMD iInfoCmd,
                        INFO_DATATYPE *piType, void *pOutBuffer, size_t *piOutSize)
{
    const Event *event = api_enter_with(hEvent, HANDLE_EVENT);
    if (event == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (pInBuffer == NULL || iInSize < data_size(event)) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    const GC_ERROR code = event->stream != NULL
                              ? new_buffer_info(pInBuffer, iInfoCmd, piType, pOutBuffer, piOutSize)
                              : module_event_info(pInBuffer, iInfoCmd, piType, pOutBuffer, piOutSize);
    return api_leave(__func__, code);
}

GC_API EventGetInfo(EVENT_HANDLE hEvent, EVENT_INFO_CMD iInfoCmd, INFO_DATATYPE *piType, void *pBuffer, size_t *piSize)
{
    const Event *event = api_enter_with(hEvent, HANDLE_EVENT);
    if (event == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    switch (iInfoCmd) {
    case EVENT_EVENT_TYPE:
        return api_leave(__func__, info_int32(event->stream != NULL ? EVENT_NEW_BUFFER : EVENT_MODULE, piType,
                                              pBuffer, piSize));
    case EVENT_NUM_IN_QUEUE:
        return api_leave(__func__, info_size(event_pending(event), piType, pBuffer, piSize));
    case EVENT_NUM_FIRED:
        return api_leave(__func__, info_uint64(event->fired, piType, pBuffer, piSize));
    case EVENT_SIZE_MAX:
    case EVENT_INFO_DATA_SIZE_MAX:
        return api_leave(__func__, info_size(data_size(event), piType, pBuffer, piSize));
    default:
        return api_leave(__func__, info_unknown(iInfoCmd));
    }
}

GC_API EventFlush(EVENT_HANDLE hEvent)
{
    Event *event = api_enter_with(hEvent, HANDLE_EVENT);
    if (event == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (event->device != NULL) {
        event->device->loss_untold = false;
    }
    while (event->stream != NULL && queue_pop(&event->stream->output) != NULL) {
    }
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API EventKill(EVENT_HANDLE hEvent)
{
    Event *event = api_enter_with(hEvent, HANDLE_EVENT);
    if (event == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    event->kills = event->waiters > 0 ? event->waiters : 1;
    condition_wake_all(&event->arrived);
    return api_leave(__func__, GC_ERR_SUCCESS);
}
