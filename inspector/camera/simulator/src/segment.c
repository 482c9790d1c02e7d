/* SPDX-License-Identifier: Apache-2.0 */
/* Composite buffers: one frame in several pieces of memory, in their order. A contiguous buffer has one segment. */
#include "library.h"
#include "module.h"

#include <stdlib.h>
#include <string.h>

enum { SEGMENTS_MAX = 1024 };

/* How many of the first bytes of a payload lie in a segment that begins at an offset. */
static size_t share(size_t bytes, size_t offset, size_t size)
{
    const size_t behind = bytes > offset ? bytes - offset : 0;
    return behind < size ? behind : size;
}

void segments_fill(const Buffer *buffer, size_t filled)
{
    size_t offset = 0;
    for (size_t i = 0; i < buffer->segment_count; i++) {
        const Segment *segment = &buffer->segments[i];
        memcpy(segment->base, buffer->data + offset, share(filled, offset, segment->size));
        offset += segment->size;
    }
}

static bool overlap(const Segment *left, const Segment *right)
{
    return left->base < right->base + right->size && right->base < left->base + left->size;
}

/* Copies the description of the segments; their sum, or 0 when they cannot be used. */
static size_t take_segments(Segment *segments, size_t count, void **bases, const size_t *sizes)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        segments[i] = (Segment){bases[i], sizes[i]};
        if (bases[i] == NULL || sizes[i] == 0 || sizes[i] > SIZE_MAX - sum) {
            return 0;
        }
        for (size_t other = 0; other < i; other++) {
            if (overlap(&segments[i], &segments[other])) {
                return 0;
            }
        }
        sum += sizes[i];
    }
    return sum;
}

static GC_ERROR announce_composite(DataStream *stream, Segment *segments, size_t count, size_t size, void *user,
                                   BUFFER_HANDLE *handle)
{
    uint8_t *copy = malloc(size);
    if (copy == NULL) {
        return GC_ERR_OUT_OF_MEMORY;
    }
    const GC_ERROR code = buffer_announce(stream, copy, size, true, user, handle);
    if (code != GC_ERR_SUCCESS) {
        free(copy);
        return code;
    }
    Buffer *buffer = handle_object(*handle, HANDLE_BUFFER);
    buffer->segments = segments;
    buffer->segment_count = count;
    return GC_ERR_SUCCESS;
}

GC_API DSAnnounceCompositeBuffer(DS_HANDLE hDataStream, size_t iNumSegments, void **ppSegments, size_t *piSizes,
                                 void *pPrivate, BUFFER_HANDLE *phBuffer)
{
    DataStream *stream = api_enter_with(hDataStream, HANDLE_STREAM);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (iNumSegments == 0 || iNumSegments > SEGMENTS_MAX || ppSegments == NULL || piSizes == NULL ||
        phBuffer == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    Segment *segments = calloc(iNumSegments, sizeof *segments);
    if (segments == NULL) {
        return api_leave(__func__, GC_ERR_OUT_OF_MEMORY);
    }
    const size_t size = take_segments(segments, iNumSegments, ppSegments, piSizes);
    const GC_ERROR code = size > 0
                              ? announce_composite(stream, segments, iNumSegments, size, pPrivate, phBuffer)
                              : fail(GC_ERR_INVALID_PARAMETER, "segments have an address and a size, and none overlap");
    if (code != GC_ERR_SUCCESS) {
        free(segments);
    }
    return api_leave(__func__, code);
}

/* Takes the lock; NULL when one of the handles is wrong. */
static const Buffer *enter_buffer(DS_HANDLE stream_handle, BUFFER_HANDLE buffer_handle)
{
    const DataStream *stream = api_enter_with(stream_handle, HANDLE_STREAM);
    const Buffer *buffer = stream != NULL ? handle_object(buffer_handle, HANDLE_BUFFER) : NULL;
    return buffer != NULL && buffer->stream == stream ? buffer : NULL;
}

static size_t segment_count(const Buffer *buffer) { return buffer->segments != NULL ? buffer->segment_count : 1; }

GC_API DSGetNumBufferSegments(DS_HANDLE hDataStream, BUFFER_HANDLE hBuffer, uint32_t *piNumSegments)
{
    const Buffer *buffer = enter_buffer(hDataStream, hBuffer);
    if (buffer == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (piNumSegments == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    *piNumSegments = (uint32_t)segment_count(buffer);
    return api_leave(__func__, GC_ERR_SUCCESS);
}

static GC_ERROR segment_info(const Buffer *buffer, size_t index, SEGMENT_INFO_CMD command, INFO_DATATYPE *type,
                             void *out, size_t *size)
{
    const Segment whole = {buffer->data, buffer->size};
    const Segment *segment = buffer->segments != NULL ? &buffer->segments[index] : &whole;
    size_t offset = 0;
    for (size_t i = 0; i < index; i++) {
        offset += buffer->segments[i].size;
    }
    const size_t filled = buffer->has_data ? share(buffer->filled, offset, segment->size) : 0;
    const size_t intended = share(buffer->intended, offset, segment->size);
    switch (command) {
    case SEGMENT_INFO_BASE:
        return info_pointer(segment->base, type, out, size);
    case SEGMENT_INFO_SIZE:
        return info_size(segment->size, type, out, size);
    case SEGMENT_INFO_SIZE_FILLED:
        return info_size(filled, type, out, size);
    case SEGMENT_INFO_IS_INCOMPLETE:
        return buffer->has_data ? info_bool(filled < intended, type, out, size) : GC_ERR_NOT_AVAILABLE;
    case SEGMENT_INFO_DATA_SIZE:
        return buffer->has_data ? info_size(intended, type, out, size) : GC_ERR_NOT_AVAILABLE;
    default:
        return info_unknown(command);
    }
}

GC_API DSGetBufferSegmentInfo(DS_HANDLE hDataStream, BUFFER_HANDLE hBuffer, uint32_t iSegmentIndex,
                              SEGMENT_INFO_CMD iInfoCmd, INFO_DATATYPE *piType, void *pBuffer, size_t *piSize)
{
    const Buffer *buffer = enter_buffer(hDataStream, hBuffer);
    if (buffer == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (iSegmentIndex >= segment_count(buffer)) {
        return api_leave(__func__, GC_ERR_INVALID_INDEX);
    }
    return api_leave(__func__, segment_info(buffer, iSegmentIndex, iInfoCmd, piType, pBuffer, piSize));
}
