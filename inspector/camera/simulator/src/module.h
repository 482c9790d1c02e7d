/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects of the producer. One lock guards all of them; it is released only to wait, to fill a buffer with
 * pixels (the buffer is then `filling` and belongs to the worker), and to join threads.
 */
#ifndef SIMULATOR_MODULE_H
#define SIMULATOR_MODULE_H

#include "description.h"
#include "gentl.h"
#include "image.h"
#include "platform.h"

enum { CAMERA_COUNT = 2, LINE_COUNT = 4, OUTPUT_COUNT = 2, COUNTER_COUNT = 2, CHUNK_COUNT = 5, JOB_COUNT = 64, EVENT_QUEUE = 64 };

#define TL_TYPE "Custom"
#define VENDOR "SIMULATED by Inspector"
#define MODEL "SimCam"
#define PRODUCER_VERSION "1.0.0"
#define TL_ID "Inspector simulated camera producer"
#define FILE_NAME "simcam.cti"
#define INTERFACE_ID "SimInterface"
#define INTERFACE_DISPLAY_NAME "Simulated cameras"
#define STREAM_ID "Stream0"

typedef enum {
    FAULT_LOST_FRAME,
    FAULT_DUPLICATE_ID,
    FAULT_INCOMPLETE,
    FAULT_FROZEN,
    FAULT_LATE,
    FAULT_DARK,
    FAULT_WRONG_SIZE,
    FAULT_BRIGHTNESS,
    FAULT_DEFOCUS,
    FAULT_UNDERRUN,
    FAULT_COUNT
} Fault;

/* How strong a fault is; each fault looks at one of them. */
typedef struct {
    uint64_t late_ns;
    unsigned darker_percent;
    unsigned blur_radius;
} FaultStrength;

/* An edge of the input line. */
typedef struct {
    uint64_t t_ns;
    const uint64_t *scene; /* what is in front of the camera; NULL: the next in order */
} Edge;

typedef enum { BUFFER_IDLE, BUFFER_INPUT, BUFFER_FILLING, BUFFER_OUTPUT } BufferState;

typedef struct Buffer Buffer;
typedef struct DataStream DataStream;
typedef struct Device Device;
typedef struct Camera Camera;

/* One exposure, from the trigger until its pixels are in a buffer. */
typedef struct {
    uint64_t frame_id;
    uint64_t start_ns;
    uint64_t ready_ns;
    uint64_t scene;
    uint32_t width, height, offset_x, offset_y;
    int64_t pixel_format;
    double brightness;
    unsigned blur_radius;
    unsigned faults; /* bit (1 << Fault) */
    unsigned chunks; /* bit (1 << ChunkSelector) */
    double exposure_us;
    int64_t line_status, counters[COUNTER_COUNT];
} Job;

/* A piece of memory of a composite buffer. */
typedef struct {
    uint8_t *base;
    size_t size;
} Segment;

struct Buffer {
    void *handle;
    DataStream *stream;
    uint8_t *data;
    size_t size;
    bool allocated;
    Segment *segments; /* of a composite buffer, whose data is then a copy of our own; NULL: contiguous */
    size_t segment_count;
    void *user;
    BufferState state;
    Buffer *next_queued;
    Buffer *next_announced;
    bool has_data, incomplete, larger;
    Job frame;
    size_t filled;     /* pixels and, behind them, chunks */
    size_t intended;   /* what would have been filled, had all arrived and fitted */
    size_t chunk_size; /* 0: the frame has no chunk data */
};

typedef struct {
    Buffer *first, *last;
    size_t count;
} BufferQueue;

/* What EVENT_MODULE and EVENT_REMOTE_DEVICE hand out; from address 0 on it is what the nodes of the event port read. */
typedef struct {
    uint64_t id;
    uint64_t timestamp_ns;
    uint64_t frame_id; /* EVENT_REMOTE_DEVICE only */
} EventData;

/* An event of a stream (a new buffer), or of a device: the camera was lost, or tells something. */
typedef struct {
    void *handle;
    EVENT_TYPE type;
    DataStream *stream; /* EVENT_NEW_BUFFER hands out its output queue; NULL for the others */
    EventData queue[EVENT_QUEUE];
    unsigned first, count;
    Condition arrived; /* there is something to hand out, or the event ends */
    unsigned waiters, kills;
    bool ending;
    uint64_t fired;
} Event;

struct DataStream {
    void *handle;
    Device *device;
    Buffer *announced;
    size_t announced_count;
    BufferQueue input, output;
    bool closing;
    Buffer *filling;
    Condition filled; /* filling became NULL */
    bool grabbing;
    uint64_t to_acquire;
    uint64_t delivered, underruns, started;
    unsigned waiters; /* threads inside a wait on this stream; it is not closed under them */
    Event event;
};

struct Device {
    void *handle;
    void *port_handle;
    Camera *camera;
    bool closing;
    bool broken; /* the camera was lost while this handle was open: only closing helps */
    int64_t notify_loss; /* EventNotification of the module */
    Event event;         /* EVENT_MODULE */
    Event camera_event;  /* EVENT_REMOTE_DEVICE */
    Thread worker;
    bool quit;
    DataStream stream;
};

typedef struct {
    int64_t source, activation, value;
} Counter;

/* What an output line did for the exposures, as far as it follows them; the delay is from the start of the last one. */
typedef struct {
    uint64_t pulses, length_ns;
    int64_t delay_ns;
} Strobe;

typedef struct {
    uint64_t line0_edges, triggers, missed, exposures, frames_delivered, frames_lost, frames_dropped;
} Totals;

struct Camera {
    int index;
    char id[16];
    char serial[16];
    Device device;
    RegisterValue registers[REG_COUNT];
    Condition wake;

    bool listed; /* by the last IFUpdateDeviceList */
    bool lost;
    char *loss_note;  /* path of the file that remembers the loss, NULL without a control channel */
    uint64_t back_ns; /* when a lost camera returns by itself, FOREVER_NS if it must be told */

    bool line_in[LINE_COUNT];
    int line_short[LINE_COUNT]; /* an output that is held at a level from outside: 0 no, 1 low, 2 high */
    int64_t line_inverter[LINE_COUNT], line_source[LINE_COUNT];
    Strobe strobes[LINE_COUNT];
    double debounce_us;     /* of Line0 */
    uint64_t edge_ns[2];    /* last accepted falling and rising edge of Line0, 0: none yet */
    uint64_t timer_from_ns, timer_until_ns;
    int64_t user_output[OUTPUT_COUNT];
    Counter counters[COUNTER_COUNT];
    Totals totals;
    unsigned chunk_enable; /* bit (1 << ChunkSelector) */
    unsigned event_enable; /* bit (1 << EventSelector) */

    bool acquiring;
    uint64_t frames_left;
    uint64_t frame_id;
    uint64_t acquiring_from_ns, exposing_from_ns, busy_until_ns;
    uint64_t next_frame_ns; /* of a free-running camera */
    Job jobs[JOB_COUNT];
    unsigned job_first, job_count;

    uint64_t next_scene;
    Job shown; /* the last whole frame that was delivered */
    bool has_shown;
    unsigned fault_left[FAULT_COUNT];
    FaultStrength strength;
    ImageSource images; /* names and size are fixed after power-up; the cache belongs to the worker */
};

typedef struct {
    void *handle;
    void *interface_handle;
    int64_t device_selector; /* of the interface's registers */
    int64_t interface_timeout_ms, device_timeout_ms; /* kept, and not needed: the lists are there at once */
    Camera cameras[CAMERA_COUNT];
} System;

extern System simulator;

/* system.c: the cameras that answered at the last update, in order. */
Camera *system_listed(uint32_t wanted);
bool system_update_devices(void);

/* camera.c: power, loss, lines, counters, outputs. */
bool camera_power_up(Camera *camera, int index, const char *folder);
void camera_power_down(Camera *camera);
void camera_reset(Camera *camera);
/* A lost camera whose time has come is back after this. */
bool camera_is_lost(Camera *camera);
void camera_lose(Camera *camera, uint64_t back_ns);
void camera_return(Camera *camera);
bool camera_line_status(const Camera *camera, int line);
/* Bit n is the level of Line n. */
int64_t camera_line_status_all(const Camera *camera);
void camera_count(Camera *camera, int64_t source);
/* A level on an input line; scene is the image in front of the camera for an exposure it starts, or NULL. */
void camera_short_line(Camera *camera, int line, int held);
void camera_set_line(Camera *camera, bool level, const Edge *edge);
/* Switches a line's inverter, which is an edge for what listens to an input line. */
void camera_invert_line(Camera *camera, int line, int64_t inverted);
bool camera_fault_add(Camera *camera, const char *name, unsigned count, const FaultStrength *strength);

/* system.c: full path of the producer's own file. */
const char *system_path(void);

/* registers.c: the remote device's port. */
bool register_value_fits(const RegisterInfo *info, const RegisterValue *value);
GC_ERROR registers_read(Camera *camera, uint64_t address, void *buffer, size_t size);
GC_ERROR registers_write(Camera *camera, uint64_t address, const void *buffer, size_t size);
uint64_t camera_payload_size(const Camera *camera);

/* engine.c: exposures and their delivery. */
void engine_run(void *device);
void engine_start(Camera *camera);
void engine_stop(Camera *camera);
/* A frame trigger; false when it came during an exposure and was missed. */
bool engine_trigger(Camera *camera, const Edge *edge);
bool engine_exposing(const Camera *camera);
bool engine_waits_for_trigger(const Camera *camera);
bool engine_timer_active(const Camera *camera);

/* chunk.c: chunk data, chosen by bits (1 << ChunkSelector). */
unsigned chunk_enabled(const Camera *camera);
size_t chunk_bytes(unsigned chunks);
/* Remembers in the job what its chunks will say. */
void chunk_capture(const Camera *camera, Job *job);
void chunk_write(const Job *job, uint8_t *out);
GC_ERROR chunk_list(const Buffer *buffer, SINGLE_CHUNK_DATA *list, size_t *count);

/* device.c and stream.c: closing, also from above. */
GC_ERROR device_info(Camera *camera, DEVICE_INFO_CMD command, INFO_DATATYPE *type, void *out, size_t *size);
GC_ERROR device_open(Camera *camera, DEV_HANDLE *handle);
void device_close(Device *device);
void stream_close(DataStream *stream);
/* event.c: ends the event and everybody's wait for it; releases the lock meanwhile. */
void event_end(Event *event);
void event_fire(Event *event);
/* Keeps something to hand out, when somebody has registered for it; of too many the oldest is dropped. */
void event_post(Event *event, const EventData *data);
/* The same for what the camera tells, unless EventNotification is off. */
void camera_tell(Camera *camera, int64_t selector, uint64_t t_ns, uint64_t frame_id);
/* Waits for wake-ups of this stream's condition; afterwards the handle may be closed. */
void stream_wait(DataStream *stream, Condition *condition, uint64_t deadline_ns);
void queue_push(BufferQueue *queue, Buffer *buffer, BufferState state);
Buffer *queue_pop(BufferQueue *queue);
GC_ERROR buffer_announce(DataStream *stream, void *data, size_t size, bool allocated, void *user,
                         BUFFER_HANDLE *handle);

/* segment.c: spreads what was filled over the segments of a composite buffer. */
void segments_fill(const Buffer *buffer, size_t filled);

#endif
