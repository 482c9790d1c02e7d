/* SPDX-License-Identifier: Apache-2.0 */
/* Chunk data: what was true at the start of the exposure, behind the pixels of the same buffer. */
#include "module.h"

#include <string.h>

static const uint64_t CHUNK_IDS[CHUNK_COUNT] = {
    [ChunkSelector_FrameID] = ChunkID_ChunkFrameID,
    [ChunkSelector_Timestamp] = ChunkID_ChunkTimestamp,
    [ChunkSelector_ExposureTime] = ChunkID_ChunkExposureTime,
    [ChunkSelector_LineStatusAll] = ChunkID_ChunkLineStatusAll,
    [ChunkSelector_CounterValue] = ChunkID_ChunkCounterValue,
};

static size_t length_of(int chunk)
{
    return chunk == (int)ChunkSelector_CounterValue ? COUNTER_COUNT * sizeof(int64_t) : sizeof(int64_t);
}

static bool holds(unsigned chunks, int chunk) { return (chunks >> chunk & 1u) != 0; }

size_t chunk_bytes(unsigned chunks)
{
    size_t size = 0;
    for (int i = 0; i < CHUNK_COUNT; i++) {
        size += holds(chunks, i) ? length_of(i) : 0;
    }
    return size;
}

unsigned chunk_enabled(const Camera *camera)
{
    return camera->registers[REG_ChunkModeActive].integer != 0 ? camera->chunk_enable : 0;
}

void chunk_capture(const Camera *camera, Job *job)
{
    job->chunks = chunk_enabled(camera);
    job->exposure_us = camera->registers[REG_ExposureTime].real;
    job->line_status = camera_line_status_all(camera);
    for (int i = 0; i < COUNTER_COUNT; i++) {
        job->counters[i] = camera->counters[i].value;
    }
}

void chunk_write(const Job *job, uint8_t *out)
{
    const void *const values[CHUNK_COUNT] = {
        [ChunkSelector_FrameID] = &job->frame_id,
        [ChunkSelector_Timestamp] = &job->start_ns,
        [ChunkSelector_ExposureTime] = &job->exposure_us,
        [ChunkSelector_LineStatusAll] = &job->line_status,
        [ChunkSelector_CounterValue] = job->counters,
    };
    for (int i = 0; i < CHUNK_COUNT; i++) {
        if (holds(job->chunks, i)) {
            memcpy(out, values[i], length_of(i));
            out += length_of(i);
        }
    }
}

GC_ERROR chunk_list(const Buffer *buffer, SINGLE_CHUNK_DATA *list, size_t *count)
{
    if (count == NULL) {
        return GC_ERR_INVALID_PARAMETER;
    }
    const size_t room = *count;
    size_t found = 0;
    size_t offset = buffer->filled - buffer->chunk_size;
    for (int i = 0; i < CHUNK_COUNT; i++) {
        if (holds(buffer->frame.chunks, i)) {
            if (list != NULL && found < room) {
                list[found] = (SINGLE_CHUNK_DATA){CHUNK_IDS[i], (ptrdiff_t)offset, length_of(i)};
            }
            offset += length_of(i);
            found++;
        }
    }
    *count = found;
    return list != NULL && room < found ? GC_ERR_BUFFER_TOO_SMALL : GC_ERR_SUCCESS;
}
