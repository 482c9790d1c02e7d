/* SPDX-License-Identifier: Apache-2.0 */
/* GenTL data stream module: announced buffers, the input and output queue, start and stop. */
#include "library.h"
#include "module.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFERS_MAX = 1024 };

void queue_push(BufferQueue *queue, Buffer *buffer, BufferState state)
{
    buffer->state = state;
    buffer->next_queued = NULL;
    if (queue->last != NULL) {
        queue->last->next_queued = buffer;
    } else {
        queue->first = buffer;
    }
    queue->last = buffer;
    queue->count++;
}

Buffer *queue_pop(BufferQueue *queue)
{
    Buffer *buffer = queue->first;
    if (buffer != NULL) {
        queue->first = buffer->next_queued;
        if (queue->first == NULL) {
            queue->last = NULL;
        }
        queue->count--;
        buffer->next_queued = NULL;
        buffer->state = BUFFER_IDLE;
    }
    return buffer;
}

void stream_wait(DataStream *stream, Condition *condition, uint64_t deadline_ns)
{
    stream->waiters++;
    condition_wait(condition, &library_lock, deadline_ns);
    stream->waiters--;
    if (stream->closing) {
        condition_wake_all(&stream->filled);
    }
}

static void wait_until_filled(DataStream *stream)
{
    while (stream->filling != NULL) {
        stream_wait(stream, &stream->filled, FOREVER_NS);
    }
}

static void buffer_free(Buffer *buffer)
{
    handle_close(buffer->handle);
    if (buffer->allocated) {
        free(buffer->data);
    }
    free(buffer->segments);
    free(buffer);
}

void stream_close(DataStream *stream)
{
    if (stream->handle == NULL || stream->closing) {
        return;
    }
    stream->closing = true;
    stream->grabbing = false;
    handle_close(stream->handle);
    event_end(&stream->event);
    while (stream->filling != NULL || stream->waiters > 0) {
        condition_wait(&stream->filled, &library_lock, FOREVER_NS);
    }
    while (stream->announced != NULL) {
        Buffer *buffer = stream->announced;
        stream->announced = buffer->next_announced;
        buffer_free(buffer);
    }
    stream->announced_count = 0;
    memset(&stream->input, 0, sizeof stream->input);
    memset(&stream->output, 0, sizeof stream->output);
    stream->handle = NULL;
    stream->closing = false;
}

GC_ERROR buffer_announce(DataStream *stream, void *data, size_t size, bool allocated, void *user,
                         BUFFER_HANDLE *handle)
{
    if (stream->announced_count == BUFFERS_MAX) {
        return GC_ERR_RESOURCE_EXHAUSTED;
    }
    Buffer *buffer = calloc(1, sizeof *buffer);
    if (buffer == NULL) {
        return GC_ERR_OUT_OF_MEMORY;
    }
    buffer->handle = handle_open(HANDLE_BUFFER, buffer);
    if (buffer->handle == NULL) {
        free(buffer);
        return GC_ERR_RESOURCE_EXHAUSTED;
    }
    buffer->stream = stream;
    buffer->data = data;
    buffer->size = size;
    buffer->allocated = allocated;
    buffer->user = user;
    Buffer **end = &stream->announced;
    while (*end != NULL) {
        end = &(*end)->next_announced;
    }
    *end = buffer;
    stream->announced_count++;
    *handle = buffer->handle;
    return GC_ERR_SUCCESS;
}

GC_API DSAnnounceBuffer(DS_HANDLE hDataStream, void *pBuffer, size_t iSize, void *pPrivate, BUFFER_HANDLE *phBuffer)
{
    DataStream *stream = api_enter_with(hDataStream, HANDLE_STREAM);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (pBuffer == NULL || iSize == 0 || phBuffer == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    for (const Buffer *other = stream->announced; other != NULL; other = other->next_announced) {
        if (other->data == pBuffer) {
            return api_leave(__func__, GC_ERR_RESOURCE_IN_USE);
        }
    }
    return api_leave(__func__, buffer_announce(stream, pBuffer, iSize, false, pPrivate, phBuffer));
}

GC_API DSAllocAndAnnounceBuffer(DS_HANDLE hDataStream, size_t iSize, void *pPrivate, BUFFER_HANDLE *phBuffer)
{
    DataStream *stream = api_enter_with(hDataStream, HANDLE_STREAM);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (iSize == 0 || phBuffer == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    void *data = malloc(iSize);
    if (data == NULL) {
        return api_leave(__func__, GC_ERR_OUT_OF_MEMORY);
    }
    const GC_ERROR code = buffer_announce(stream, data, iSize, true, pPrivate, phBuffer);
    if (code != GC_ERR_SUCCESS) {
        free(data);
    }
    return api_leave(__func__, code);
}

static Buffer *find_buffer(const DataStream *stream, BUFFER_HANDLE handle)
{
    Buffer *buffer = handle_object(handle, HANDLE_BUFFER);
    return buffer != NULL && buffer->stream == stream ? buffer : NULL;
}

GC_API DSRevokeBuffer(DS_HANDLE hDataStream, BUFFER_HANDLE hBuffer, void **pBuffer, void **pPrivate)
{
    DataStream *stream = api_enter_with(hDataStream, HANDLE_STREAM);
    Buffer *buffer = stream != NULL ? find_buffer(stream, hBuffer) : NULL;
    if (buffer == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (buffer->state != BUFFER_IDLE) {
        return api_leave(__func__, GC_ERR_BUSY);
    }
    if (pBuffer != NULL) {
        *pBuffer = buffer->allocated ? NULL : buffer->data;
    }
    if (pPrivate != NULL) {
        *pPrivate = buffer->user;
    }
    Buffer **link = &stream->announced;
    while (*link != buffer) {
        link = &(*link)->next_announced;
    }
    *link = buffer->next_announced;
    stream->announced_count--;
    buffer_free(buffer);
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API DSQueueBuffer(DS_HANDLE hDataStream, BUFFER_HANDLE hBuffer)
{
    DataStream *stream = api_enter_with(hDataStream, HANDLE_STREAM);
    Buffer *buffer = stream != NULL ? find_buffer(stream, hBuffer) : NULL;
    if (buffer == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (buffer->state != BUFFER_IDLE) {
        return api_leave(__func__, GC_ERR_RESOURCE_IN_USE);
    }
    buffer->has_data = false;
    queue_push(&stream->input, buffer, BUFFER_INPUT);
    return api_leave(__func__, GC_ERR_SUCCESS);
}

static void empty(BufferQueue *queue)
{
    while (queue_pop(queue) != NULL) {
    }
}

static GC_ERROR flush(DataStream *stream, ACQ_QUEUE_TYPE operation)
{
    switch (operation) {
    case ACQ_QUEUE_INPUT_TO_OUTPUT:
        for (Buffer *buffer = queue_pop(&stream->input); buffer != NULL; buffer = queue_pop(&stream->input)) {
            queue_push(&stream->output, buffer, BUFFER_OUTPUT);
        }
        condition_wake_all(&stream->event.arrived);
        return GC_ERR_SUCCESS;
    case ACQ_QUEUE_OUTPUT_DISCARD:
        empty(&stream->output);
        return GC_ERR_SUCCESS;
    case ACQ_QUEUE_ALL_DISCARD:
        empty(&stream->input);
        empty(&stream->output);
        return GC_ERR_SUCCESS;
    case ACQ_QUEUE_ALL_TO_INPUT:
        empty(&stream->output);
        break;
    case ACQ_QUEUE_UNQUEUED_TO_INPUT:
        break;
    default:
        return GC_ERR_INVALID_PARAMETER;
    }
    for (Buffer *buffer = stream->announced; buffer != NULL; buffer = buffer->next_announced) {
        if (buffer->state == BUFFER_IDLE) {
            buffer->has_data = false;
            queue_push(&stream->input, buffer, BUFFER_INPUT);
        }
    }
    return GC_ERR_SUCCESS;
}

GC_API DSFlushQueue(DS_HANDLE hDataStream, ACQ_QUEUE_TYPE iOperation)
{
    DataStream *stream = api_enter_with(hDataStream, HANDLE_STREAM);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    wait_until_filled(stream);
    const bool open = handle_object(hDataStream, HANDLE_STREAM) != NULL;
    return api_leave(__func__, open ? flush(stream, iOperation) : GC_ERR_INVALID_HANDLE);
}

GC_API DSStartAcquisition(DS_HANDLE hDataStream, ACQ_START_FLAGS iStartFlags, uint64_t iNumToAcquire)
{
    DataStream *stream = api_enter_with(hDataStream, HANDLE_STREAM);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (iStartFlags != ACQ_START_FLAGS_DEFAULT || iNumToAcquire == 0) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    if (stream->device->broken) {
        return api_leave(__func__, GC_ERR_IO);
    }
    if (stream->grabbing) {
        return api_leave(__func__, GC_ERR_RESOURCE_IN_USE);
    }
    stream->grabbing = true;
    stream->to_acquire = iNumToAcquire;
    stream->delivered = stream->underruns = stream->started = 0;
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API DSStopAcquisition(DS_HANDLE hDataStream, ACQ_STOP_FLAGS iStopFlags)
{
    DataStream *stream = api_enter_with(hDataStream, HANDLE_STREAM);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (iStopFlags != ACQ_STOP_FLAGS_DEFAULT && iStopFlags != ACQ_STOP_FLAGS_KILL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    if (!stream->grabbing) {
        return api_leave(__func__, GC_ERR_RESOURCE_IN_USE);
    }
    stream->grabbing = false;
    wait_until_filled(stream);
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API DSClose(DS_HANDLE hDataStream)
{
    DataStream *stream = api_enter_with(hDataStream, HANDLE_STREAM);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    stream_close(stream);
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API DSGetParentDev(DS_HANDLE hDataStream, DEV_HANDLE *phDevice)
{
    const DataStream *stream = api_enter_with(hDataStream, HANDLE_STREAM);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (phDevice == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    *phDevice = stream->device->handle;
    return api_leave(__func__, GC_ERR_SUCCESS);
}
