/* SPDX-License-Identifier: Apache-2.0 */
/* Chunk data behind the pixels. */
#include "cases.h"

#include <string.h>

#include "platform.h"

enum { CHUNK_BYTES = 4 * 8 + 2 * 8 };

static void enable_all(const Session *session)
{
    write_integer(session->port, REG_ChunkModeActive, 1);
    for (int64_t i = ChunkSelector_FrameID; i <= ChunkSelector_CounterValue; i++) {
        write_integer(session->port, REG_ChunkSelector, i);
        write_integer(session->port, REG_ChunkEnable, 1);
    }
}

static bool contains_chunks(const Session *session, const Seen *seen)
{
    bool8_t contains = 0;
    size_t size = sizeof contains;
    OK(p.DSGetBufferInfo(session->stream, seen->buffer, BUFFER_INFO_CONTAINS_CHUNKDATA, NULL, &contains, &size));
    return contains != 0;
}

static void check_chunks(const Session *session, const Seen *seen, int64_t triggers)
{
    SINGLE_CHUNK_DATA chunks[5];
    size_t count = 0, size = sizeof(uint8_t *);
    uint8_t *base = NULL;
    CHECK(contains_chunks(session, seen));
    OK(p.DSGetBufferInfo(session->stream, seen->buffer, BUFFER_INFO_BASE, NULL, &base, &size));
    OK(p.DSGetBufferChunkData(session->stream, seen->buffer, NULL, &count));
    CHECK(count == 5);
    count = 4;
    CHECK(p.DSGetBufferChunkData(session->stream, seen->buffer, chunks, &count) == GC_ERR_BUFFER_TOO_SMALL);
    CHECK(count == 5 && p.DSGetBufferChunkData(session->stream, seen->buffer, chunks, NULL) != GC_ERR_SUCCESS);
    OK(p.DSGetBufferChunkData(session->stream, seen->buffer, chunks, &count));
    size_t offset = PAYLOAD;
    for (size_t i = 0; i < count; i++) {
        const SINGLE_CHUNK_DATA chunk = chunks[i];
        CHECK((size_t)chunk.ChunkOffset == offset);
        offset += chunk.ChunkLength;
    }
    CHECK(offset == PAYLOAD + CHUNK_BYTES && seen->filled == offset);
    int64_t values[6];
    double exposure_us = 0.0;
    memcpy(values, base + PAYLOAD, sizeof values);
    memcpy(&exposure_us, &values[2], sizeof exposure_us);
    CHECK((uint64_t)values[0] == seen->frame_id && (uint64_t)values[1] == seen->timestamp_ns);
    CHECK(exposure_us > 999.0 && exposure_us < 1001.0);
    CHECK(values[3] == 1 && values[4] == triggers && values[5] == 0); /* Line0 was high, Counter1 counts nothing */
}

void chunks(void)
{
    Session session = {0};
    Seen seen;
    open_all(&session, CAMERA);
    trigger_mode(&session, TriggerSource_Line0);
    write_integer(session.port, REG_CounterEventSource, CounterEventSource_FrameTrigger);
    enable_all(&session);
    CHECK(read_integer(session.port, REG_PayloadSize) == PAYLOAD + CHUNK_BYTES);
    start(&session, 2, PAYLOAD + CHUNK_BYTES);
    for (int64_t i = 1; i <= 3; i++) {
        (void)control("PULSE 0 Line0\n");
        OK(fetch(&session, &seen, 60000));
        CHECK(!seen.incomplete && seen.height == HEIGHT);
        check_chunks(&session, &seen, i);
        requeue(&session, &seen);
    }
    (void)control("FAULT 0 incomplete\n");
    (void)control("PULSE 0 Line0\n");
    OK(fetch(&session, &seen, 60000));
    size_t count = 0;
    CHECK(seen.incomplete && seen.filled == PAYLOAD / 2 && !contains_chunks(&session, &seen));
    CHECK(p.DSGetBufferChunkData(session.stream, seen.buffer, NULL, &count) == GC_ERR_NO_DATA);
    stop(&session);
    start(&session, 1, PAYLOAD + CHUNK_BYTES - 1); /* the pixels fit, the chunks do not */
    (void)control("PULSE 0 Line0\n");
    OK(fetch(&session, &seen, 60000));
    CHECK(seen.incomplete && seen.larger && seen.filled == PAYLOAD && !contains_chunks(&session, &seen));
    stop(&session);
    write_integer(session.port, REG_ChunkModeActive, 0);
    CHECK(read_integer(session.port, REG_PayloadSize) == PAYLOAD);
    start(&session, 1, PAYLOAD);
    (void)control("PULSE 0 Line0\n");
    OK(fetch(&session, &seen, 60000));
    CHECK(!seen.incomplete && !contains_chunks(&session, &seen));
    end(&session);
}
