/* SPDX-License-Identifier: Apache-2.0 */
/* What a data stream and its buffers tell about themselves. */
#include "library.h"
#include "module.h"

static GC_ERROR stream_info(const DataStream *stream, STREAM_INFO_CMD command, INFO_DATATYPE *type, void *out,
                            size_t *size)
{
    switch (command) {
    case STREAM_INFO_ID:
        return info_string(STREAM_ID, type, out, size);
    case STREAM_INFO_NUM_DELIVERED:
        return info_uint64(stream->delivered, type, out, size);
    case STREAM_INFO_NUM_UNDERRUN:
        return info_uint64(stream->underruns, type, out, size);
    case STREAM_INFO_NUM_ANNOUNCED:
        return info_size(stream->announced_count, type, out, size);
    case STREAM_INFO_NUM_QUEUED:
        return info_size(stream->input.count, type, out, size);
    case STREAM_INFO_NUM_AWAIT_DELIVERY:
        return info_size(stream->output.count, type, out, size);
    case STREAM_INFO_NUM_STARTED:
        return info_uint64(stream->started, type, out, size);
    case STREAM_INFO_PAYLOAD_SIZE:
        return info_size((size_t)camera_payload_size(stream->device->camera), type, out, size);
    case STREAM_INFO_IS_GRABBING:
        return info_bool(stream->grabbing, type, out, size);
    case STREAM_INFO_DEFINES_PAYLOADSIZE:
        return info_bool(false, type, out, size);
    case STREAM_INFO_TLTYPE:
        return info_string(TL_TYPE, type, out, size);
    case STREAM_INFO_NUM_CHUNKS_MAX:
        return info_size(CHUNK_COUNT, type, out, size);
    case STREAM_INFO_BUF_ANNOUNCE_MIN:
    case STREAM_INFO_BUF_ALIGNMENT:
        return info_size(1, type, out, size);
    case STREAM_INFO_FLOW_TABLE:
    case STREAM_INFO_GENDC_PREFETCH_DESCRIPTOR:
        return GC_ERR_NOT_AVAILABLE;
    default:
        return info_unknown(command);
    }
}

GC_API DSGetInfo(DS_HANDLE hDataStream, STREAM_INFO_CMD iInfoCmd, INFO_DATATYPE *piType, void *pBuffer, size_t *piSize)
{
    const DataStream *stream = api_enter_with(hDataStream, HANDLE_STREAM);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    return api_leave(__func__, stream_info(stream, iInfoCmd, piType, pBuffer, piSize));
}

GC_API DSGetBufferID(DS_HANDLE hDataStream, uint32_t iIndex, BUFFER_HANDLE *phBuffer)
{
    const DataStream *stream = api_enter_with(hDataStream, HANDLE_STREAM);
    if (stream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (phBuffer == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    const Buffer *buffer = stream->announced;
    while (buffer != NULL && iIndex-- > 0) {
        buffer = buffer->next_announced;
    }
    if (buffer == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_INDEX);
    }
    *phBuffer = buffer->handle;
    return api_leave(__func__, GC_ERR_SUCCESS);
}

static bool has_chunks(const Buffer *buffer) { return buffer->has_data && buffer->chunk_size > 0; }

/* What does not depend on whether the buffer holds an image. */
static GC_ERROR buffer_state_info(const Buffer *buffer, BUFFER_INFO_CMD command, INFO_DATATYPE *type, void *out,
                                  size_t *size)
{
    switch (command) {
    case BUFFER_INFO_BASE:
        return buffer->segments != NULL ? GC_ERR_NO_DATA : info_pointer(buffer->data, type, out, size);
    case BUFFER_INFO_SIZE:
        return info_size(buffer->size, type, out, size);
    case BUFFER_INFO_USER_PTR:
        return info_pointer(buffer->user, type, out, size);
    case BUFFER_INFO_NEW_DATA:
        return info_bool(buffer->has_data, type, out, size);
    case BUFFER_INFO_IS_QUEUED:
        return info_bool(buffer->state != BUFFER_IDLE, type, out, size);
    case BUFFER_INFO_IS_ACQUIRING:
        return info_bool(buffer->state == BUFFER_FILLING, type, out, size);
    case BUFFER_INFO_TLTYPE:
        return info_string(TL_TYPE, type, out, size);
    case BUFFER_INFO_CONTAINS_CHUNKDATA:
        return info_bool(has_chunks(buffer), type, out, size);
    case BUFFER_INFO_IS_COMPOSITE:
        return info_bool(buffer->segments != NULL, type, out, size);
    case BUFFER_INFO_DELIVERED_CHUNKPAYLOADSIZE:
        return has_chunks(buffer) ? info_size(buffer->chunk_size, type, out, size) : GC_ERR_NOT_AVAILABLE;
    case BUFFER_INFO_CHUNKLAYOUTID:
    case BUFFER_INFO_FILENAME:
        return GC_ERR_NOT_AVAILABLE;
    default:
        return buffer->has_data ? GC_ERR_SUCCESS : GC_ERR_NOT_AVAILABLE;
    }
}

static bool about_image(BUFFER_INFO_CMD command)
{
    switch (command) {
    case BUFFER_INFO_TIMESTAMP:
    case BUFFER_INFO_IS_INCOMPLETE:
    case BUFFER_INFO_TIMESTAMP_NS:
    case BUFFER_INFO_DATA_LARGER_THAN_BUFFER:
        return true;
    default:
        return command >= BUFFER_INFO_SIZE_FILLED && command <= BUFFER_INFO_DATA_SIZE &&
               (command < BUFFER_INFO_DELIVERED_CHUNKPAYLOADSIZE || command > BUFFER_INFO_FILENAME);
    }
}

static GC_ERROR buffer_image_info(const Buffer *buffer, BUFFER_INFO_CMD command, INFO_DATATYPE *type, void *out,
                                  size_t *size)
{
    const Job *frame = &buffer->frame;
    switch (command) {
    case BUFFER_INFO_TIMESTAMP:
    case BUFFER_INFO_TIMESTAMP_NS:
        return info_uint64(frame->start_ns, type, out, size);
    case BUFFER_INFO_IS_INCOMPLETE:
        return info_bool(buffer->incomplete, type, out, size);
    case BUFFER_INFO_SIZE_FILLED:
        return info_size(buffer->filled, type, out, size);
    case BUFFER_INFO_DATA_SIZE:
        return info_size(buffer->intended, type, out, size);
    case BUFFER_INFO_WIDTH:
        return info_size(frame->width, type, out, size);
    case BUFFER_INFO_HEIGHT:
        return info_size(frame->height, type, out, size);
    case BUFFER_INFO_DELIVERED_IMAGEHEIGHT:
        return info_size((buffer->filled - buffer->chunk_size) / (frame->width * pixel_size(frame->pixel_format)),
                         type, out, size);
    case BUFFER_INFO_XOFFSET:
        return info_size(frame->offset_x, type, out, size);
    case BUFFER_INFO_YOFFSET:
        return info_size(frame->offset_y, type, out, size);
    case BUFFER_INFO_XPADDING:
    case BUFFER_INFO_YPADDING:
    case BUFFER_INFO_IMAGEOFFSET:
        return info_size(0, type, out, size);
    case BUFFER_INFO_FRAMEID:
        return info_uint64(frame->frame_id, type, out, size);
    case BUFFER_INFO_IMAGEPRESENT:
        return info_bool(buffer->filled > 0, type, out, size);
    case BUFFER_INFO_PAYLOADTYPE:
        return info_size(PAYLOAD_TYPE_IMAGE, type, out, size);
    case BUFFER_INFO_PIXELFORMAT:
        return info_uint64((uint64_t)frame->pixel_format, type, out, size);
    case BUFFER_INFO_PIXELFORMAT_NAMESPACE:
        return info_uint64(PIXELFORMAT_NAMESPACE_PFNC_32BIT, type, out, size);
    case BUFFER_INFO_PIXEL_ENDIANNESS:
        return info_int32(PIXELENDIANNESS_LITTLE, type, out, size);
    case BUFFER_INFO_DATA_LARGER_THAN_BUFFER:
        return info_bool(buffer->larger, type, out, size);
    default:
        return info_unknown(command);
    }
}

static GC_ERROR buffer_info(const Buffer *buffer, BUFFER_INFO_CMD command, INFO_DATATYPE *type, void *out, size_t *size)
{
    if (!about_image(command)) {
        return command > BUFFER_INFO_IS_COMPOSITE || command < 0 ? info_unknown(command)
                                                                 : buffer_state_info(buffer, command, type, out, size);
    }
    return buffer->has_data ? buffer_image_info(buffer, command, type, out, size) : GC_ERR_NOT_AVAILABLE;
}

/* Takes the lock; NULL when one of the handles is wrong. */
static const Buffer *enter_buffer(DS_HANDLE stream_handle, BUFFER_HANDLE buffer_handle)
{
    const DataStream *stream = api_enter_with(stream_handle, HANDLE_STREAM);
    const Buffer *buffer = stream != NULL ? handle_object(buffer_handle, HANDLE_BUFFER) : NULL;
    return buffer != NULL && buffer->stream == stream ? buffer : NULL;
}

GC_API DSGetBufferInfo(DS_HANDLE hDataStream, BUFFER_HANDLE hBuffer, BUFFER_INFO_CMD iInfoCmd, INFO_DATATYPE *piType,
                       void *pBuffer, size_t *piSize)
{
    const Buffer *buffer = enter_buffer(hDataStream, hBuffer);
    if (buffer == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    return api_leave(__func__, buffer_info(buffer, iInfoCmd, piType, pBuffer, piSize));
}

GC_API DSGetBufferInfoStacked(DS_HANDLE hDataStream, BUFFER_HANDLE hBuffer, DS_BUFFER_INFO_STACKED *pInfoStacked,
                              size_t iNumInfos)
{
    const Buffer *buffer = enter_buffer(hDataStream, hBuffer);
    if (buffer == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (pInfoStacked == NULL || iNumInfos == 0) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    for (size_t i = 0; i < iNumInfos; i++) {
        /* The entries are packed: take copies, because their members may not be aligned. */
        DS_BUFFER_INFO_STACKED entry = pInfoStacked[i];
        INFO_DATATYPE type = 0;
        size_t size = entry.iSize;
        entry.iResult = buffer_info(buffer, entry.iInfoCmd, &type, entry.pBuffer, &size);
        entry.iType = type;
        entry.iSize = size;
        pInfoStacked[i] = entry;
    }
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API DSGetBufferChunkData(DS_HANDLE hDataStream, BUFFER_HANDLE hBuffer, SINGLE_CHUNK_DATA *pChunkData,
                            size_t *piNumChunks)
{
    const Buffer *buffer = enter_buffer(hDataStream, hBuffer);
    if (buffer == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    return api_leave(__func__, has_chunks(buffer) ? chunk_list(buffer, pChunkData, piNumChunks) : GC_ERR_NO_DATA);
}

/* No buffer holds several parts, and no stream has flows: those are for GenDC and multi-part payloads. */
static GC_ERROR none_of(bool valid, const void *asked)
{
    if (!valid) {
        return GC_ERR_INVALID_HANDLE;
    }
    return asked != NULL ? GC_ERR_NO_DATA : GC_ERR_INVALID_PARAMETER;
}

GC_API DSGetNumBufferParts(DS_HANDLE hDataStream, BUFFER_HANDLE hBuffer, uint32_t *piNumParts)
{
    return api_leave(__func__, none_of(enter_buffer(hDataStream, hBuffer) != NULL, piNumParts));
}

GC_API DSGetBufferPartInfo(DS_HANDLE hDataStream, BUFFER_HANDLE hBuffer, uint32_t iPartIndex,
                           BUFFER_PART_INFO_CMD iInfoCmd, INFO_DATATYPE *piType, void *pBuffer, size_t *piSize)
{
    (void)iPartIndex, (void)iInfoCmd, (void)piType, (void)pBuffer;
    return api_leave(__func__, none_of(enter_buffer(hDataStream, hBuffer) != NULL, piSize));
}

GC_API DSGetBufferPartInfoStacked(DS_HANDLE hDataStream, BUFFER_HANDLE hBuffer,
                                  DS_BUFFER_PART_INFO_STACKED *pInfoStacked, size_t iNumInfos)
{
    const bool valid = enter_buffer(hDataStream, hBuffer) != NULL;
    return api_leave(__func__, none_of(valid, iNumInfos > 0 ? pInfoStacked : NULL));
}

GC_API DSGetNumFlows(DS_HANDLE hDataStream, uint32_t *piNumFlows)
{
    return api_leave(__func__, none_of(api_enter_with(hDataStream, HANDLE_STREAM) != NULL, piNumFlows));
}

GC_API DSGetFlowInfo(DS_HANDLE hDataStream, uint32_t iFlowIndex, FLOW_INFO_CMD iInfoCmd, INFO_DATATYPE *piType,
                     void *pBuffer, size_t *piSize)
{
    (void)iFlowIndex, (void)iInfoCmd, (void)piType, (void)pBuffer;
    return api_leave(__func__, none_of(api_enter_with(hDataStream, HANDLE_STREAM) != NULL, piSize));
}
