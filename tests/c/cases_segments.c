/* SPDX-License-Identifier: Apache-2.0 */
/* Composite buffers, and what functions for payloads that this camera does not have must answer. */
#include "cases.h"

#include <string.h>

enum { FIRST = 300, SECOND = PAYLOAD - FIRST, GUARD = 0xA5 };

static size_t segment_number(const Session *session, BUFFER_HANDLE buffer, uint32_t index, SEGMENT_INFO_CMD command)
{
    size_t value = 0, size = sizeof value;
    OK(p.DSGetBufferSegmentInfo(session->stream, buffer, index, command, NULL, &value, &size));
    return value;
}

static bool segment_incomplete(const Session *session, BUFFER_HANDLE buffer, uint32_t index)
{
    bool8_t value = 0;
    size_t size = sizeof value;
    OK(p.DSGetBufferSegmentInfo(session->stream, buffer, index, SEGMENT_INFO_IS_INCOMPLETE, NULL, &value, &size));
    return value != 0;
}

static void *segment_base(const Session *session, BUFFER_HANDLE buffer, uint32_t index)
{
    void *value = NULL;
    size_t size = sizeof value;
    OK(p.DSGetBufferSegmentInfo(session->stream, buffer, index, SEGMENT_INFO_BASE, NULL, &value, &size));
    return value;
}

static bool all_bytes(const uint8_t *bytes, size_t count, uint8_t value)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != value) {
            return false;
        }
    }
    return true;
}

/* Scene 3 is filled with 30. */
static void shoot(const Session *session, BUFFER_HANDLE buffer)
{
    EVENT_NEW_BUFFER_DATA data;
    size_t size = sizeof data;
    OK(p.DSQueueBuffer(session->stream, buffer));
    (void)control("PULSE 0 Line0 scene=3\n");
    OK(p.EventGetData(session->event, &data, &size, 60000));
    CHECK(data.BufferHandle == buffer);
}

void composite_buffers(void)
{
    Session session = {0};
    static uint8_t memory[2][PAYLOAD + 1];
    void *bases[2] = {memory[1], memory[0]}; /* any order of addresses */
    size_t sizes[2] = {FIRST, SECOND}, size = 0;
    BUFFER_HANDLE buffer = NULL;
    uint32_t count = 0;
    memset(memory, GUARD, sizeof memory);
    open_all(&session, CAMERA);
    trigger_mode(&session, TriggerSource_Line0);
    CHECK(p.DSAnnounceCompositeBuffer(session.stream, 0, bases, sizes, NULL, &buffer) == GC_ERR_INVALID_PARAMETER);
    CHECK(p.DSAnnounceCompositeBuffer(session.stream, 2, NULL, sizes, NULL, &buffer) == GC_ERR_INVALID_PARAMETER);
    CHECK(p.DSAnnounceCompositeBuffer(session.device, 2, bases, sizes, NULL, &buffer) == GC_ERR_INVALID_HANDLE);
    void *overlapping[2] = {memory[0], memory[0] + FIRST - 1};
    CHECK(p.DSAnnounceCompositeBuffer(session.stream, 2, overlapping, sizes, NULL, &buffer) ==
          GC_ERR_INVALID_PARAMETER);
    size_t empty[2] = {FIRST, 0};
    CHECK(p.DSAnnounceCompositeBuffer(session.stream, 2, bases, empty, NULL, &buffer) == GC_ERR_INVALID_PARAMETER);
    OK(p.DSAnnounceCompositeBuffer(session.stream, 2, bases, sizes, &session, &buffer));
    OK(p.DSGetNumBufferSegments(session.stream, buffer, &count));
    CHECK(count == 2 && segment_base(&session, buffer, 0) == bases[0] && segment_base(&session, buffer, 1) == bases[1]);
    CHECK(segment_number(&session, buffer, 1, SEGMENT_INFO_SIZE) == SECOND);
    CHECK(segment_number(&session, buffer, 1, SEGMENT_INFO_SIZE_FILLED) == 0);
    size = sizeof size;
    CHECK(p.DSGetBufferSegmentInfo(session.stream, buffer, 0, SEGMENT_INFO_DATA_SIZE, NULL, &size, &size) ==
          GC_ERR_NOT_AVAILABLE);
    CHECK(p.DSGetBufferSegmentInfo(session.stream, buffer, 2, SEGMENT_INFO_SIZE, NULL, NULL, &size) ==
          GC_ERR_INVALID_INDEX);
    CHECK(p.DSGetBufferInfo(session.stream, buffer, BUFFER_INFO_BASE, NULL, NULL, &size) == GC_ERR_NO_DATA);
    bool8_t composite = 0;
    size = sizeof composite;
    OK(p.DSGetBufferInfo(session.stream, buffer, BUFFER_INFO_IS_COMPOSITE, NULL, &composite, &size));
    size_t total = 0;
    size = sizeof total;
    OK(p.DSGetBufferInfo(session.stream, buffer, BUFFER_INFO_SIZE, NULL, &total, &size));
    CHECK(composite != 0 && total == PAYLOAD);
    start(&session, 0, 0);
    shoot(&session, buffer);
    CHECK(all_bytes(memory[1], FIRST, 30) && all_bytes(memory[1] + FIRST, PAYLOAD + 1 - FIRST, GUARD));
    CHECK(all_bytes(memory[0], SECOND, 30) && all_bytes(memory[0] + SECOND, PAYLOAD + 1 - SECOND, GUARD));
    CHECK(segment_number(&session, buffer, 0, SEGMENT_INFO_SIZE_FILLED) == FIRST);
    CHECK(!segment_incomplete(&session, buffer, 0) && !segment_incomplete(&session, buffer, 1));
    (void)control("FAULT 0 incomplete\n");
    shoot(&session, buffer);
    CHECK(!segment_incomplete(&session, buffer, 0) && segment_incomplete(&session, buffer, 1));
    CHECK(segment_number(&session, buffer, 1, SEGMENT_INFO_SIZE_FILLED) == PAYLOAD / 2 - FIRST);
    CHECK(segment_number(&session, buffer, 1, SEGMENT_INFO_DATA_SIZE) == SECOND);
    void *base = memory, *user = NULL;
    OK(p.DSRevokeBuffer(session.stream, buffer, &base, &user));
    CHECK(base == NULL && user == &session);
    end(&session);
}

/* What GenTL 1.6 asks of a producer for flows, parts and segments when there are none. */
void optional_functions(void)
{
    Session session = {0};
    BUFFER_HANDLE buffer = NULL;
    uint32_t count = 0;
    size_t size = 0;
    open_all(&session, CAMERA);
    OK(p.DSAllocAndAnnounceBuffer(session.stream, PAYLOAD, NULL, &buffer));
    CHECK(p.DSGetNumFlows(session.stream, &count) == GC_ERR_NO_DATA);
    CHECK(p.DSGetNumFlows(session.stream, NULL) == GC_ERR_INVALID_PARAMETER);
    CHECK(p.DSGetNumFlows(session.device, &count) == GC_ERR_INVALID_HANDLE);
    CHECK(p.DSGetFlowInfo(session.stream, 0, 0, NULL, NULL, &size) == GC_ERR_NO_DATA);
    CHECK(p.DSGetNumBufferParts(session.stream, buffer, &count) == GC_ERR_NO_DATA);
    CHECK(p.DSGetNumBufferParts(session.stream, buffer, NULL) == GC_ERR_INVALID_PARAMETER);
    CHECK(p.DSGetBufferPartInfo(session.stream, buffer, 0, 0, NULL, NULL, &size) == GC_ERR_NO_DATA);
    DS_BUFFER_PART_INFO_STACKED part = {0, 0, 0, 0, NULL, 0};
    CHECK(p.DSGetBufferPartInfoStacked(session.stream, buffer, &part, 1) == GC_ERR_NO_DATA);
    CHECK(p.DSGetBufferPartInfoStacked(session.stream, buffer, &part, 0) == GC_ERR_INVALID_PARAMETER);
    OK(p.DSGetNumBufferSegments(session.stream, buffer, &count));
    CHECK(count == 1 && segment_number(&session, buffer, 0, SEGMENT_INFO_SIZE) == PAYLOAD);
    CHECK(p.DSGetNumBufferSegments(session.stream, session.event, &count) == GC_ERR_INVALID_HANDLE);
    CHECK(p.DSGetBufferSegmentInfo(session.stream, buffer, 1, SEGMENT_INFO_SIZE, NULL, NULL, &size) ==
          GC_ERR_INVALID_INDEX);

    /* What single entries of a stack say is not the last error, and its text stays that of the last error. */
    GC_ERROR last = 0;
    char before[256], after[256];
    size = sizeof before;
    OK(p.GCGetLastError(&last, before, &size));
    DS_BUFFER_INFO_STACKED info = {9999, 0, NULL, 0, 0};
    OK(p.DSGetBufferInfoStacked(session.stream, buffer, &info, 1));
    const GC_ERROR result = info.iResult;
    CHECK(result == GC_ERR_NOT_IMPLEMENTED);
    size = sizeof after;
    OK(p.GCGetLastError(&last, after, &size));
    CHECK(last == GC_ERR_INVALID_INDEX && strcmp(before, after) == 0);

    /* A list of URLs ends with an empty one. */
    char list[256];
    memset(list, 'x', sizeof list);
    size = sizeof list;
    OK(p.GCGetPortURL(session.port, list, &size));
    CHECK(strncmp(list, "local:", 6) == 0 && size == strlen(list) + 2 && list[size - 1] == '\0');
    CHECK(p.GCGetPortURL(session.port, NULL, NULL) == GC_ERR_INVALID_PARAMETER);
    close_all(&session);
}
