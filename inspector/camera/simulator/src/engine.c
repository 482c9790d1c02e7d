/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exposures. A trigger makes a job at once, with the settings of that moment and exact times; the camera's worker
 * thread waits until the exposure is over, renders the image into a buffer and delivers it.
 */
#include "library.h"
#include "module.h"

#include <math.h>
#include <string.h>

static const double REFERENCE_EXPOSURE_US = 1000.0; /* the image file is unchanged at this exposure and 0 dB */
static const double DARKNESS = 1.0 / 64.0;

static uint64_t us_to_ns(double us) { return (uint64_t)(us * 1000.0 + 0.5); }

static bool triggered_mode(const Camera *camera)
{
    return camera->registers[REG_TriggerMode].integer == TriggerMode_On;
}

bool engine_exposing(const Camera *camera)
{
    const uint64_t now = clock_ns();
    return camera->acquiring && camera->exposing_from_ns <= now && now < camera->busy_until_ns;
}

bool engine_waits_for_trigger(const Camera *camera)
{
    return camera->acquiring && triggered_mode(camera) && clock_ns() >= camera->busy_until_ns;
}

bool engine_timer_active(const Camera *camera)
{
    const uint64_t now = clock_ns();
    return camera->timer_from_ns <= now && now < camera->timer_until_ns;
}

/* Starts Timer0 when this is the event it waits for. */
static void start_timer(Camera *camera, int64_t event, uint64_t t_ns)
{
    const RegisterValue *registers = camera->registers;
    if (registers[REG_TimerTriggerSource].integer == event) {
        camera->timer_from_ns = t_ns + us_to_ns(registers[REG_TimerDelay].real);
        camera->timer_until_ns = camera->timer_from_ns + us_to_ns(registers[REG_TimerDuration].real);
    }
}

/* Keeps what the lines that follow the exposure do for this one: pulses too short to be seen by looking at them. */
static void note_strobes(Camera *camera, uint64_t start_ns)
{
    const bool timed = camera->registers[REG_TimerTriggerSource].integer != TimerTriggerSource_Off;
    for (int i = 0; i < LINE_COUNT; i++) {
        Strobe *strobe = &camera->strobes[i];
        if (camera->line_source[i] == LineSource_ExposureActive) {
            *strobe = (Strobe){strobe->pulses + 1, camera->busy_until_ns - start_ns, 0};
        } else if (camera->line_source[i] == LineSource_Timer0Active && timed) {
            *strobe = (Strobe){strobe->pulses + 1, camera->timer_until_ns - camera->timer_from_ns,
                               (int64_t)(camera->timer_from_ns - start_ns)};
        }
    }
}

void engine_start(Camera *camera)
{
    const RegisterValue *registers = camera->registers;
    if (camera->acquiring) {
        return;
    }
    camera->acquiring = true;
    camera->frame_id = 0;
    camera->exposing_from_ns = camera->busy_until_ns = 0;
    camera->acquiring_from_ns = camera->next_frame_ns = clock_ns();
    camera->job_count = 0;
    switch (registers[REG_AcquisitionMode].integer) {
    case AcquisitionMode_SingleFrame:
        camera->frames_left = 1;
        break;
    case AcquisitionMode_MultiFrame:
        camera->frames_left = (uint64_t)registers[REG_AcquisitionFrameCount].integer;
        break;
    default:
        camera->frames_left = UINT64_MAX;
        break;
    }
    condition_wake_all(&camera->wake);
}

void engine_stop(Camera *camera)
{
    camera->acquiring = false;
    camera->job_count = 0;
    condition_wake_all(&camera->wake);
}

static unsigned take_faults(Camera *camera)
{
    unsigned faults = 0;
    for (int i = 0; i < FAULT_COUNT; i++) {
        if (camera->fault_left[i] > 0) {
            camera->fault_left[i]--;
            faults |= 1u << i;
        }
    }
    return faults;
}

static bool has(const Job *job, Fault fault) { return (job->faults >> fault & 1u) != 0; }

/* Starts an exposure at the given time; the caller knows that the sensor is free. */
static void expose(Camera *camera, uint64_t start_ns, const uint64_t *scene)
{
    const RegisterValue *registers = camera->registers;
    const double exposure_us = registers[REG_ExposureTime].real;
    Job *job = &camera->jobs[(camera->job_first + camera->job_count) % JOB_COUNT];
    camera->job_count++;
    memset(job, 0, sizeof *job);
    job->faults = take_faults(camera);
    job->start_ns = start_ns;
    job->ready_ns = start_ns + us_to_ns(exposure_us);
    camera->exposing_from_ns = start_ns;
    camera->busy_until_ns = job->ready_ns;
    start_timer(camera, TimerTriggerSource_ExposureStart, start_ns);
    note_strobes(camera, start_ns);
    if (has(job, FAULT_LATE)) {
        job->ready_ns += camera->strength.late_ns;
    }
    const uint64_t previous_id = camera->frame_id;
    job->frame_id = ++camera->frame_id;
    if (has(job, FAULT_DUPLICATE_ID)) {
        job->frame_id = previous_id;
    }
    job->scene = scene != NULL ? *scene : camera->next_scene;
    camera->next_scene = job->scene + 1;
    job->width = (uint32_t)registers[REG_Width].integer;
    job->height = (uint32_t)registers[REG_Height].integer;
    job->offset_x = (uint32_t)registers[REG_OffsetX].integer;
    job->offset_y = (uint32_t)registers[REG_OffsetY].integer;
    job->pixel_format = registers[REG_PixelFormat].integer;
    job->brightness = exposure_us / REFERENCE_EXPOSURE_US * pow(10.0, registers[REG_Gain].real / 20.0);
    if (has(job, FAULT_DARK)) {
        job->brightness *= DARKNESS;
    }
    if (has(job, FAULT_BRIGHTNESS)) {
        job->brightness *= 1.0 - camera->strength.darker_percent / 100.0;
    }
    if (has(job, FAULT_DEFOCUS)) {
        job->blur_radius = camera->strength.blur_radius;
    }
    if (has(job, FAULT_WRONG_SIZE)) {
        job->height = (job->height + 1) / 2;
    }
    camera->totals.exposures++;
    camera_count(camera, CounterEventSource_FrameStart);
    chunk_capture(camera, job);
    if (camera->frames_left != UINT64_MAX) {
        camera->frames_left--;
    }
    condition_wake_all(&camera->wake);
}

bool engine_trigger(Camera *camera, const Edge *edge)
{
    const uint64_t t_ns = edge->t_ns;
    if (!camera->acquiring || t_ns < camera->acquiring_from_ns || camera->frames_left == 0) {
        return false;
    }
    if (t_ns < camera->busy_until_ns || camera->job_count == JOB_COUNT) {
        camera->totals.missed++;
        camera_count(camera, CounterEventSource_FrameTriggerMissed);
        camera_tell(camera, EventSelector_FrameTriggerMissed, t_ns, camera->frame_id);
        return false;
    }
    camera->totals.triggers++;
    camera_count(camera, CounterEventSource_FrameTrigger);
    start_timer(camera, TimerTriggerSource_FrameTrigger, t_ns);
    expose(camera, t_ns + us_to_ns(camera->registers[REG_TriggerDelay].real), edge->scene);
    return true;
}

/* Renders the job into the buffer without the lock: until filling is NULL again, both belong to this thread. */
static void fill(Camera *camera, DataStream *stream, Buffer *buffer, const Job *job)
{
    const ImageView view = {job->width,        job->height,     job->offset_x,   job->offset_y,
                            job->pixel_format, job->brightness, job->blur_radius};
    const size_t wanted = (size_t)job->width * job->height * pixel_size(job->pixel_format);
    const size_t room = buffer->size < wanted ? buffer->size : wanted;
    const size_t limit = has(job, FAULT_INCOMPLETE) ? room / 2 : room, chunks = chunk_bytes(job->chunks);
    stream->filling = buffer;
    buffer->state = BUFFER_FILLING;
    mutex_unlock(&library_lock);
    const size_t filled = images_render(&camera->images, job->scene, &view, buffer->data, limit);
    /* A frame that lost pixels, or whose chunks do not fit, has no chunk data. */
    const bool whole = filled == wanted && buffer->size - wanted >= chunks;
    if (whole) {
        chunk_write(job, buffer->data + wanted);
    }
    segments_fill(buffer, filled + (whole ? chunks : 0));
    mutex_lock(&library_lock);
    buffer->frame = *job;
    buffer->intended = wanted + chunks;
    buffer->chunk_size = whole ? chunks : 0;
    buffer->filled = filled + buffer->chunk_size;
    buffer->has_data = true;
    buffer->larger = wanted + chunks > buffer->size;
    buffer->incomplete = !whole;
    stream->filling = NULL;
    condition_wake_all(&stream->filled);
}

/* A frozen frame shows again what the last whole one showed; before the first one there is nothing to repeat. */
static Job as_shown(Camera *camera, const Job *asked)
{
    Job job = *asked;
    if (has(&job, FAULT_FROZEN) && camera->has_shown) {
        job.scene = camera->shown.scene;
        job.brightness = camera->shown.brightness;
        job.blur_radius = camera->shown.blur_radius;
    }
    return job;
}

static void deliver(Camera *camera, const Job *asked)
{
    const Job shown = as_shown(camera, asked), *const job = &shown;
    DataStream *stream = &camera->device.stream;
    camera_count(camera, CounterEventSource_FrameEnd);
    camera_tell(camera, EventSelector_ExposureEnd, job->start_ns + us_to_ns(job->exposure_us), job->frame_id);
    if (has(job, FAULT_LOST_FRAME)) {
        camera->totals.frames_lost++;
        return;
    }
    if (stream->handle == NULL || !stream->grabbing || stream->to_acquire == 0) {
        camera->totals.frames_dropped++;
        return;
    }
    Buffer *buffer = has(job, FAULT_UNDERRUN) ? NULL : queue_pop(&stream->input);
    if (buffer == NULL) {
        stream->underruns++;
        camera->totals.frames_dropped++;
        return;
    }
    stream->started++;
    fill(camera, stream, buffer, job);
    if (!buffer->incomplete && !has(job, FAULT_WRONG_SIZE)) {
        camera->shown = *job;
        camera->has_shown = true;
    }
    if (stream->to_acquire != UINT64_MAX) {
        stream->to_acquire--;
    }
    stream->delivered++;
    camera->totals.frames_delivered++;
    queue_push(&stream->output, buffer, BUFFER_OUTPUT);
    event_fire(&stream->event);
}

/* Starts the next exposure of a free-running camera when it is due; returns when to look again. */
static uint64_t free_run(Camera *camera, uint64_t now)
{
    const RegisterValue *registers = camera->registers;
    if (!camera->acquiring || triggered_mode(camera) || camera->frames_left == 0) {
        return FOREVER_NS;
    }
    const double rate =
        registers[REG_AcquisitionFrameRateEnable].integer != 0 ? registers[REG_AcquisitionFrameRate].real : 200.0;
    const uint64_t rate_period = (uint64_t)(1e9 / rate), exposure = us_to_ns(registers[REG_ExposureTime].real);
    const uint64_t period = rate_period > exposure ? rate_period : exposure;
    if (now >= camera->next_frame_ns && now >= camera->busy_until_ns && camera->job_count < 2) {
        /* Keep the beat, but do not catch up after a pause. */
        const bool on_time = now - camera->next_frame_ns < period;
        const uint64_t start = now;
        camera->next_frame_ns = (on_time ? camera->next_frame_ns : now) + period;
        expose(camera, start, NULL);
    }
    if (camera->job_count >= 2) {
        return FOREVER_NS; /* looked at again after the next delivery */
    }
    return camera->next_frame_ns > camera->busy_until_ns ? camera->next_frame_ns : camera->busy_until_ns;
}

/* A camera whose single or multi frame acquisition is complete stops by itself. */
static void finish(Camera *camera)
{
    if (camera->acquiring && camera->frames_left == 0 && camera->job_count == 0) {
        camera->acquiring = false;
    }
}

void engine_run(void *argument)
{
    Device *device = argument;
    Camera *camera = device->camera;
    mutex_lock(&library_lock);
    while (!device->quit) {
        const uint64_t now = clock_ns();
        uint64_t wake_ns = free_run(camera, now);
        if (camera->job_count > 0) {
            const Job job = camera->jobs[camera->job_first];
            if (job.ready_ns <= now) {
                camera->job_first = (camera->job_first + 1) % JOB_COUNT;
                camera->job_count--;
                deliver(camera, &job);
                finish(camera);
                continue;
            }
            wake_ns = job.ready_ns < wake_ns ? job.ready_ns : wake_ns;
        }
        condition_wait(&camera->wake, &library_lock, wake_ns);
    }
    mutex_unlock(&library_lock);
}
