/* SPDX-License-Identifier: Apache-2.0 */
/* Events: EVENT_NEW_BUFFER of a data stream, EVENT_MODULE of a device (the camera was lost), EVENT_REMOTE_DEVICE. */
#include "library.h"
#include "module.h"

#include <stdio.h>
#include <string.h>

/* The event of this kind that the handle's module has, NULL when it has none. */
static Event *event_of(void *source, EVENT_TYPE type)
{
    DataStream *stream = handle_object(source, HANDLE_STREAM);
    Device *device = handle_object(source, HANDLE_DEVICE);
    Device *remote = handle_object(source, HANDLE_REMOTE);
    if (stream != NULL && type == EVENT_NEW_BUFFER) {
        return &stream->event;
    }
    if (device != NULL && type == EVENT_MODULE) {
        return &device->event;
    }
    remote = remote != NULL ? remote : device; /* consumers differ in where they ask */
    return remote != NULL && type == EVENT_REMOTE_DEVICE ? &remote->camera_event : NULL;
}

static size_t event_pending(const Event *event)
{
    return event->stream != NULL ? event->stream->output.count : event->count;
}

void event_post(Event *event, const EventData *data)
{
    if (event->handle == NULL) {
        return;
    }
    if (event->count == EVENT_QUEUE) {
        event->first = (event->first + 1) % EVENT_QUEUE;
        event->count--;
    }
    event->queue[(event->first + event->count++) % EVENT_QUEUE] = *data;
    event_fire(event);
}

void camera_tell(Camera *camera, int64_t selector, uint64_t t_ns, uint64_t frame_id)
{
    static const uint64_t ids[] = {
        [EventSelector_ExposureEnd] = EventID_EventExposureEnd,
        [EventSelector_FrameTriggerMissed] = EventID_EventFrameTriggerMissed,
        [EventSelector_Line0RisingEdge] = EventID_EventLine0RisingEdge,
    };
    if ((camera->event_enable >> selector & 1u) != 0) {
        const EventData data = {ids[selector], t_ns, frame_id};
        event_post(&camera->device.camera_event, &data);
    }
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
    event->first = event->count = 0;
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
    if (event->stream != NULL) {
        return sizeof(EVENT_NEW_BUFFER_DATA);
    }
    return event->type == EVENT_MODULE ? offsetof(EventData, frame_id) : sizeof(EventData);
}

static void take_data(Event *event, void *out)
{
    if (event->stream != NULL) {
        const Buffer *buffer = queue_pop(&event->stream->output);
        const EVENT_NEW_BUFFER_DATA data = {buffer->handle, buffer->user};
        memcpy(out, &data, sizeof data);
    } else {
        memcpy(out, &event->queue[event->first], data_size(event));
        event->first = (event->first + 1) % EVENT_QUEUE;
        event->count--;
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

static GC_ERROR told_info(const void *in, size_t in_size, EVENT_DATA_INFO_CMD command, INFO_DATATYPE *type, void *out,
                          size_t *size)
{
    uint64_t number = 0;
    char id[2 * sizeof number + 1];
    memcpy(&number, in, sizeof number);
    switch (command) {
    case EVENT_DATA_ID:
        /* Hexadecimal, as the EventID of the port in the description file. */
        (void)snprintf(id, sizeof id, "%08llX", (unsigned long long)number);
        return info_string(id, type, out, size);
    case EVENT_DATA_NUMID:
        return info_uint64(number, type, out, size);
    case EVENT_DATA_VALUE:
        return info_bytes(INFO_DATATYPE_BUFFER, in, in_size, type, out, size);
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
                              : told_info(pInBuffer, data_size(event), iInfoCmd, piType, pOutBuffer, piOutSize);
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
        return api_leave(__func__, info_int32(event->type, piType, pBuffer, piSize));
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
    event->count = 0;
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
