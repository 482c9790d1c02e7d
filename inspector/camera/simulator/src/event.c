/* SPDX-License-Identifier: Apache-2.0 */
/* Events. The one event of this producer is EVENT_NEW_BUFFER of a data stream. */
#include "library.h"
#include "module.h"

#include <string.h>

GC_API GCRegisterEvent(EVENTSRC_HANDLE hEventSrc, EVENT_TYPE iEventID, EVENT_HANDLE *phEvent)
{
    if (!api_enter() || handle_kind(hEventSrc) == HANDLE_NONE) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (phEvent == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    DataStream *stream = handle_object(hEventSrc, HANDLE_STREAM);
    if (stream == NULL || iEventID != EVENT_NEW_BUFFER) {
        return api_leave(__func__, GC_ERR_NOT_IMPLEMENTED);
    }
    if (stream->event_handle != NULL) {
        return api_leave(__func__, GC_ERR_RESOURCE_IN_USE);
    }
    stream->event_handle = handle_open(HANDLE_EVENT, stream);
    stream->event_fired = 0;
    *phEvent = stream->event_handle;
    return api_leave(__func__, *phEvent != NULL ? GC_ERR_SUCCESS : GC_ERR_RESOURCE_EXHAUSTED);
}

GC_API GCUnregisterEvent(EVENTSRC_HANDLE hEventSrc, EVENT_TYPE iEventID)
{
    DataStream *stream = api_enter_with(hEventSrc, HANDLE_STREAM);
    if (stream == NULL && handle_kind(hEventSrc) == HANDLE_NONE) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (stream == NULL || iEventID != EVENT_NEW_BUFFER || stream->event_handle == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    stream_event_end(stream);
    return api_leave(__func__, GC_ERR_SUCCESS);
}

/* Waits for a delivered buffer; the handle may be closed and the stream gone when this returns ABORT. */
static GC_ERROR wait_for_buffer(DataStream *stream, EVENT_HANDLE event, uint64_t timeout_ms)
{
    const uint64_t now = clock_ns();
    const uint64_t deadline = timeout_ms >= (FOREVER_NS - now) / 1000000u ? FOREVER_NS : now + timeout_ms * 1000000u;
    while (handle_object(event, HANDLE_EVENT) != NULL) {
        if (stream->event_kills > 0) {
            stream->event_kills--;
            return GC_ERR_ABORT;
        }
        if (stream->output.count > 0) {
            return GC_ERR_SUCCESS;
        }
        if (deadline != FOREVER_NS && clock_ns() >= deadline) {
            return GC_ERR_TIMEOUT;
        }
        stream->event_waiters++;
        stream_wait(stream, &stream->arrived, deadline);
        stream->event_waiters--;
    }
    return GC_ERR_ABORT;
}

GC_API EventGetData(EVENT_HANDLE hEvent, void *pBuffer, size_t *piSize, uint64_t iTimeout)
{
    DataStream *stream = api_enter_with(hEvent, HANDLE_EVENT);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (piSize == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    const GC_ERROR code = wait_for_buffer(stream, hEvent, iTimeout);
    if (code != GC_ERR_SUCCESS) {
        return api_leave(__func__, code);
    }
    if (pBuffer != NULL && *piSize < sizeof(EVENT_NEW_BUFFER_DATA)) {
        *piSize = sizeof(EVENT_NEW_BUFFER_DATA);
        return api_leave(__func__, GC_ERR_BUFFER_TOO_SMALL);
    }
    *piSize = sizeof(EVENT_NEW_BUFFER_DATA);
    if (pBuffer != NULL) {
        const Buffer *buffer = queue_pop(&stream->output);
        const EVENT_NEW_BUFFER_DATA data = {buffer->handle, buffer->user};
        memcpy(pBuffer, &data, sizeof data);
    }
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API EventGetDataInfo(EVENT_HANDLE hEvent, const void *pInBuffer, size_t iInSize, EVENT_DATA_INFO_CMD iInfoCmd,
                        INFO_DATATYPE *piType, void *pOutBuffer, size_t *piOutSize)
{
    if (api_enter_with(hEvent, HANDLE_EVENT) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (pInBuffer == NULL || iInSize < sizeof(EVENT_NEW_BUFFER_DATA)) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    EVENT_NEW_BUFFER_DATA data;
    memcpy(&data, pInBuffer, sizeof data);
    switch (iInfoCmd) {
    case EVENT_DATA_ID:
        return api_leave(__func__, info_pointer(data.BufferHandle, piType, pOutBuffer, piOutSize));
    case EVENT_DATA_VALUE:
        return api_leave(__func__, info_pointer(data.pUserPointer, piType, pOutBuffer, piOutSize));
    default:
        return api_leave(__func__, info_unknown(iInfoCmd));
    }
}

GC_API EventGetInfo(EVENT_HANDLE hEvent, EVENT_INFO_CMD iInfoCmd, INFO_DATATYPE *piType, void *pBuffer, size_t *piSize)
{
    const DataStream *stream = api_enter_with(hEvent, HANDLE_EVENT);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    switch (iInfoCmd) {
    case EVENT_EVENT_TYPE:
        return api_leave(__func__, info_int32(EVENT_NEW_BUFFER, piType, pBuffer, piSize));
    case EVENT_NUM_IN_QUEUE:
        return api_leave(__func__, info_size(stream->output.count, piType, pBuffer, piSize));
    case EVENT_NUM_FIRED:
        return api_leave(__func__, info_uint64(stream->event_fired, piType, pBuffer, piSize));
    case EVENT_SIZE_MAX:
    case EVENT_INFO_DATA_SIZE_MAX:
        return api_leave(__func__, info_size(sizeof(EVENT_NEW_BUFFER_DATA), piType, pBuffer, piSize));
    default:
        return api_leave(__func__, info_unknown(iInfoCmd));
    }
}

GC_API EventFlush(EVENT_HANDLE hEvent)
{
    DataStream *stream = api_enter_with(hEvent, HANDLE_EVENT);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    while (queue_pop(&stream->output) != NULL) {
    }
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API EventKill(EVENT_HANDLE hEvent)
{
    DataStream *stream = api_enter_with(hEvent, HANDLE_EVENT);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    stream->event_kills = stream->event_waiters > 0 ? stream->event_waiters : 1;
    condition_wake_all(&stream->arrived);
    return api_leave(__func__, GC_ERR_SUCCESS);
}
