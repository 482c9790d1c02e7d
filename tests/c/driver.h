/* SPDX-License-Identifier: Apache-2.0 */
/* A small GenTL consumer for the tests: loads a producer and checks what it answers. */
#ifndef DRIVER_H
#define DRIVER_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "description.h"
#include "gentl.h"

#define FUNCTIONS(X)                                                                                                   \
    X(GCInitLib) X(GCCloseLib) X(GCGetInfo) X(GCGetLastError) X(GCReadPort) X(GCWritePort) X(GCReadPortStacked)         \
    X(GCWritePortStacked) X(GCGetPortURL) X(GCGetNumPortURLs) X(GCGetPortURLInfo) X(GCGetPortInfo) X(GCRegisterEvent)   \
    X(GCUnregisterEvent) X(EventGetData) X(EventGetDataInfo) X(EventGetInfo) X(EventFlush) X(EventKill) X(TLOpen)       \
    X(TLClose) X(TLGetInfo) X(TLGetNumInterfaces) X(TLGetInterfaceID) X(TLGetInterfaceInfo) X(TLOpenInterface)          \
    X(TLUpdateInterfaceList) X(IFClose) X(IFGetInfo) X(IFGetNumDevices) X(IFGetDeviceID) X(IFUpdateDeviceList)          \
    X(IFGetDeviceInfo) X(IFOpenDevice) X(IFGetParentTL) X(DevGetPort) X(DevGetNumDataStreams) X(DevGetDataStreamID)     \
    X(DevOpenDataStream) X(DevGetInfo) X(DevClose) X(DevGetParentIF) X(DSAnnounceBuffer) X(DSAllocAndAnnounceBuffer)    \
    X(DSAnnounceCompositeBuffer) X(DSFlushQueue) X(DSStartAcquisition) X(DSStopAcquisition) X(DSGetInfo)                \
    X(DSGetBufferID) X(DSClose) X(DSRevokeBuffer) X(DSQueueBuffer) X(DSGetParentDev) X(DSGetBufferInfo)                 \
    X(DSGetBufferInfoStacked) X(DSGetBufferChunkData) X(DSGetNumBufferParts) X(DSGetBufferPartInfo)                     \
    X(DSGetBufferPartInfoStacked) X(DSGetNumFlows) X(DSGetFlowInfo) X(DSGetNumBufferSegments) X(DSGetBufferSegmentInfo)

/* The producer's functions by their own names: p.GCInitLib(). */
typedef struct {
#define X(name) __typeof__(&name) name;
    FUNCTIONS(X)
#undef X
} Producer;

extern Producer p;

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                      \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define OK(call) CHECK((call) == GC_ERR_SUCCESS)

typedef struct {
    TL_HANDLE system;
    IF_HANDLE iface; /* "interface" is a macro of Windows */
    DEV_HANDLE device;
    PORT_HANDLE port;
    DS_HANDLE stream;
    EVENT_HANDLE event;
} Session;

typedef struct {
    uint64_t frame_id, timestamp_ns;
    size_t width, height, filled;
    bool incomplete, larger;
    uint8_t first_pixel;
    BUFFER_HANDLE buffer;
} Seen;

/* Opens everything up to the stream of one camera, by the way a consumer goes. */
void open_all(Session *session, const char *camera);
void open_device(Session *session, const char *camera);
void close_device(Session *session);
void close_all(Session *session);

void write_integer(PORT_HANDLE port, int reg, int64_t value);
int64_t read_integer(PORT_HANDLE port, int reg);
void write_real(PORT_HANDLE port, int reg, double value);

/* Announces and queues buffers of a size, starts the stream and the camera. */
void start(Session *session, int buffers, size_t size);
void stop(Session *session);
/* Waits for one buffer; does not queue it again. */
GC_ERROR fetch(Session *session, Seen *seen, uint64_t timeout_ms);
void requeue(Session *session, const Seen *seen);

/* cases.c: runs the named case, exits with 1 at the first broken check. */
void run_case(const char *name);

/* One command on the control channel; the reply lies in a static buffer. */
const char *control(const char *line);

#endif
