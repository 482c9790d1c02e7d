/* SPDX-License-Identifier: Apache-2.0 */
/* The camera apart from its exposures: power, loss, lines, outputs, counters, faults. */
#include "library.h"
#include "module.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t LOSS_MAX_NS = UINT64_C(3600000000000);

static const char *const FAULT_NAMES[FAULT_COUNT] = {"lost-frame", "duplicate-id", "incomplete", "frozen",  "late",
                                                     "dark",       "wrong-size",   "brightness", "defocus", "underrun"};

void camera_reset(Camera *camera)
{
    char user_id[TEXT_LENGTH];
    memcpy(user_id, camera->registers[REG_DeviceUserID].text, sizeof user_id);
    memset(camera->registers, 0, sizeof camera->registers);
    for (int i = 0; i < REG_COUNT; i++) {
        const RegisterInfo *info = &description_device.registers[i];
        if (info->kind == REGISTER_TEXT) {
            (void)snprintf(camera->registers[i].text, TEXT_LENGTH, "%s", info->text);
        } else if (info->kind == REGISTER_FLOAT) {
            camera->registers[i].real = info->initial;
        } else {
            camera->registers[i].integer = (int64_t)info->initial;
        }
    }
    memcpy(camera->registers[REG_DeviceUserID].text, user_id, sizeof user_id);
    (void)snprintf(camera->registers[REG_DeviceSerialNumber].text, TEXT_LENGTH, "%s", camera->serial);
    (void)snprintf(camera->registers[REG_DeviceFirmwareVersion].text, TEXT_LENGTH, "%s", PRODUCER_VERSION);
    static const int widths[] = {REG_SensorWidth, REG_WidthMax, REG_Width};
    static const int heights[] = {REG_SensorHeight, REG_HeightMax, REG_Height};
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        camera->registers[widths[i]].integer = camera->images.width;
        camera->registers[heights[i]].integer = camera->images.height;
    }
    for (int i = 0; i < LINE_COUNT; i++) {
        camera->line_inverter[i] = 0;
        camera->line_source[i] = i == 1 ? LineSource_UserOutput0 : LineSource_Off;
    }
    camera->chunk_enable = 0;
    camera->event_enable = 0;
    camera->debounce_us = 0;
    camera->timer_from_ns = camera->timer_until_ns = 0;
    memset(camera->edge_ns, 0, sizeof camera->edge_ns);
    memset(camera->user_output, 0, sizeof camera->user_output);
    memset(camera->counters, 0, sizeof camera->counters);
}

/*
 * An unplugged camera stays unplugged when the process that used it is restarted. The note beside the endpoint file
 * carries the time when the camera comes back.
 */
static char *loss_note_path(int index)
{
    char *endpoint = environment_get("INSPECTOR_SIMULATOR_ENDPOINT");
    if (endpoint == NULL) {
        return NULL;
    }
    const size_t size = strlen(endpoint) + 16;
    char *path = malloc(size);
    if (path != NULL) {
        (void)snprintf(path, size, "%s.lost-%d", endpoint, index);
    }
    free(endpoint);
    return path;
}

static void note_loss(const Camera *camera)
{
    FILE *file = camera->loss_note != NULL ? file_open(camera->loss_note, "wb") : NULL;
    if (file != NULL) {
        (void)fprintf(file, "%" PRIu64 "\n", camera->back_ns);
        (void)fclose(file);
    }
}

static void recall_loss(Camera *camera)
{
    FILE *file = camera->loss_note != NULL ? file_open(camera->loss_note, "rb") : NULL;
    if (file == NULL) {
        return;
    }
    uint64_t back_ns = 0;
    const int fields = fscanf(file, "%" SCNu64, &back_ns);
    (void)fclose(file);
    const uint64_t now = clock_ns();
    /* A time further away than a fault may ask for is from before a restart of the machine. */
    camera->lost = fields == 1 && (back_ns == FOREVER_NS || (back_ns > now && back_ns - now <= LOSS_MAX_NS));
    camera->back_ns = back_ns;
    camera->listed = !camera->lost;
}

bool camera_power_up(Camera *camera, int index, const char *folder)
{
    char message[512];
    memset(camera, 0, sizeof *camera);
    camera->index = index;
    (void)snprintf(camera->id, sizeof camera->id, "SimCam-%d", index);
    (void)snprintf(camera->serial, sizeof camera->serial, "SIM-%04d", index);
    camera->listed = true;
    camera->device.camera = camera;
    camera->device.event.type = EVENT_MODULE;
    camera->device.camera_event.type = EVENT_REMOTE_DEVICE;
    camera->device.stream.event.type = EVENT_NEW_BUFFER;
    camera->device.stream.device = &camera->device;
    camera->device.stream.event.stream = &camera->device.stream;
    if (!images_open(&camera->images, folder, message, sizeof message)) {
        (void)fail(GC_ERR_INVALID_PARAMETER, "%s", message);
        return false;
    }
    condition_init(&camera->wake);
    condition_init(&camera->device.stream.filled);
    condition_init(&camera->device.stream.event.arrived);
    condition_init(&camera->device.event.arrived);
    condition_init(&camera->device.camera_event.arrived);
    camera_reset(camera);
    camera->loss_note = loss_note_path(index);
    recall_loss(camera);
    return true;
}

void camera_power_down(Camera *camera)
{
    device_close(&camera->device);
    condition_destroy(&camera->wake);
    condition_destroy(&camera->device.stream.filled);
    condition_destroy(&camera->device.stream.event.arrived);
    condition_destroy(&camera->device.event.arrived);
    condition_destroy(&camera->device.camera_event.arrived);
    images_close(&camera->images);
    free(camera->loss_note);
    camera->loss_note = NULL;
}

bool camera_is_lost(Camera *camera)
{
    if (camera->lost && clock_ns() >= camera->back_ns) {
        camera_return(camera);
    }
    return camera->lost;
}

void camera_lose(Camera *camera, uint64_t back_ns)
{
    camera->lost = true;
    camera->back_ns = back_ns;
    note_loss(camera);
    engine_stop(camera);
    Device *device = &camera->device;
    if (device->handle != NULL && !device->broken) {
        device->broken = true;
        if (device->notify_loss != 0) {
            const EventData loss = {EventID_EventDeviceLost, clock_ns(), 0};
            event_post(&device->event, &loss);
        }
    }
}

/* The camera comes back as after a power cycle: settings and counters are those of the factory. */
void camera_return(Camera *camera)
{
    if (camera->lost) {
        camera->lost = false;
        if (camera->loss_note != NULL) {
            file_remove(camera->loss_note);
        }
        camera_reset(camera);
    }
}

static bool source_level(const Camera *camera, int64_t source)
{
    switch (source) {
    case LineSource_UserOutput0:
        return camera->user_output[0] != 0;
    case LineSource_UserOutput1:
        return camera->user_output[1] != 0;
    case LineSource_ExposureActive:
        return engine_exposing(camera);
    case LineSource_FrameTriggerWait:
        return engine_waits_for_trigger(camera);
    case LineSource_AcquisitionActive:
        return camera->acquiring;
    case LineSource_FrameActive:
        return camera->job_count > 0;
    case LineSource_Timer0Active:
        return engine_timer_active(camera);
    default:
        return false;
    }
}

bool camera_line_status(const Camera *camera, int line)
{
    if (camera->line_short[line] != 0) {
        return camera->line_short[line] == 2;
    }
    const bool level = line == 0 ? camera->line_in[0] : source_level(camera, camera->line_source[line]);
    return level != (camera->line_inverter[line] != 0);
}

int64_t camera_line_status_all(const Camera *camera)
{
    int64_t levels = 0;
    for (int i = 0; i < LINE_COUNT; i++) {
        levels |= (int64_t)camera_line_status(camera, i) << i;
    }
    return levels;
}

void camera_count(Camera *camera, int64_t source)
{
    for (int i = 0; i < COUNTER_COUNT; i++) {
        if (camera->counters[i].source == source && source != CounterEventSource_Off) {
            camera->counters[i].value++;
        }
    }
}

/* Enumerations of edges share their numbers: 0 rising, 1 falling, 2 any. */
static bool edge_fits(int64_t activation, bool rising)
{
    return activation == TriggerActivation_AnyEdge || (activation == TriggerActivation_RisingEdge) == rising;
}

/* The debouncer: an edge sooner than its time after the last one of the same direction is none. */
static bool bounced(Camera *camera, bool rising, uint64_t t_ns)
{
    const uint64_t last = camera->edge_ns[rising];
    if (last != 0 && (double)t_ns < (double)last + camera->debounce_us * 1000.0) {
        return true;
    }
    camera->edge_ns[rising] = t_ns;
    return false;
}

/* An edge of Line0 behind its inverter: counted, and a trigger when the camera waits for this one. */
static void line0_edge(Camera *camera, bool rising, const Edge *edge)
{
    camera->totals.line0_edges += rising;
    if (bounced(camera, rising, edge->t_ns)) {
        return;
    }
    if (rising) {
        camera_tell(camera, EventSelector_Line0RisingEdge, camera->edge_ns[1], camera->frame_id);
    }
    for (int i = 0; i < COUNTER_COUNT; i++) {
        Counter *counter = &camera->counters[i];
        if (counter->source == CounterEventSource_Line0 && edge_fits(counter->activation, rising)) {
            counter->value++;
        }
    }
    const RegisterValue *registers = camera->registers;
    if (registers[REG_TriggerMode].integer == TriggerMode_On &&
        registers[REG_TriggerSource].integer == TriggerSource_Line0 &&
        edge_fits(registers[REG_TriggerActivation].integer, rising)) {
        (void)engine_trigger(camera, edge);
    }
}

void camera_short_line(Camera *camera, int line, int held) { camera->line_short[line] = held; }

void camera_set_line(Camera *camera, bool level, const Edge *edge)
{
    if (camera->line_in[0] != level) {
        camera->line_in[0] = level;
        line0_edge(camera, camera_line_status(camera, 0), edge);
    }
}

void camera_invert_line(Camera *camera, int line, int64_t inverted)
{
    if (camera->line_inverter[line] != inverted) {
        camera->line_inverter[line] = inverted;
        if (line == 0) {
            line0_edge(camera, camera_line_status(camera, 0), &(Edge){clock_ns(), NULL});
        }
    }
}

bool camera_fault_add(Camera *camera, const char *name, unsigned count, const FaultStrength *strength)
{
    for (int i = 0; i < FAULT_COUNT; i++) {
        if (strcmp(name, FAULT_NAMES[i]) == 0) {
            camera->fault_left[i] = count;
            if (i == FAULT_LATE) {
                camera->strength.late_ns = strength->late_ns;
            } else if (i == FAULT_BRIGHTNESS) {
                camera->strength.darker_percent = strength->darker_percent;
            } else if (i == FAULT_DEFOCUS) {
                camera->strength.blur_radius = strength->blur_radius;
            }
            return true;
        }
    }
    return false;
}
