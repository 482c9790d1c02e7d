/* SPDX-License-Identifier: Apache-2.0 */
/* The register file of the remote device: what a read returns, and what a write does. */
#include "library.h"
#include "module.h"

#include <string.h>

typedef enum { ACCESS_NORMAL, ACCESS_REFUSED, VALUE_REFUSED } Answer;

uint64_t camera_payload_size(const Camera *camera)
{
    const RegisterValue *registers = camera->registers;
    return (uint64_t)registers[REG_Width].integer * (uint64_t)registers[REG_Height].integer *
               pixel_size(registers[REG_PixelFormat].integer) +
           chunk_bytes(chunk_enabled(camera));
}

static int64_t acquisition_status(const Camera *camera)
{
    switch (camera->registers[REG_AcquisitionStatusSelector].integer) {
    case AcquisitionStatusSelector_FrameTriggerWait:
        return engine_waits_for_trigger(camera);
    case AcquisitionStatusSelector_ExposureActive:
        return engine_exposing(camera);
    default:
        return camera->acquiring;
    }
}

static int selected(const Camera *camera, int selector) { return (int)camera->registers[selector].integer; }

/* Refreshes the registers whose value is not simply what was written last. */
static void refresh(Camera *camera, int reg)
{
    RegisterValue *value = &camera->registers[reg];
    const int line = selected(camera, REG_LineSelector);
    const Counter *counter = &camera->counters[selected(camera, REG_CounterSelector)];
    switch (reg) {
    case REG_PayloadSize:
        value->integer = (int64_t)camera_payload_size(camera);
        break;
    case REG_AcquisitionStatus:
        value->integer = acquisition_status(camera);
        break;
    case REG_LineMode:
        value->integer = line == 0 ? LineMode_Input : LineMode_Output;
        break;
    case REG_LineInverter:
        value->integer = camera->line_inverter[line];
        break;
    case REG_LineSource:
        value->integer = camera->line_source[line];
        break;
    case REG_LineStatus:
        value->integer = camera_line_status(camera, line);
        break;
    case REG_LineStatusAll:
        value->integer = camera_line_status_all(camera);
        break;
    case REG_LineDebouncerTime:
        value->real = line == 0 ? camera->debounce_us : 0;
        break;
    case REG_UserOutputValue:
        value->integer = camera->user_output[selected(camera, REG_UserOutputSelector)];
        break;
    case REG_UserOutputValueAll:
        value->integer = camera->user_output[0] | camera->user_output[1] << 1;
        break;
    case REG_CounterEventSource:
        value->integer = counter->source;
        break;
    case REG_CounterEventActivation:
        value->integer = counter->activation;
        break;
    case REG_CounterValue:
        value->integer = counter->value;
        break;
    case REG_ChunkEnable:
        value->integer = camera->chunk_enable >> selected(camera, REG_ChunkSelector) & 1u;
        break;
    case REG_EventNotification:
        value->integer = camera->event_enable >> selected(camera, REG_EventSelector) & 1u;
        break;
    default:
        break;
    }
}

GC_ERROR registers_read(Camera *camera, uint64_t address, void *buffer, size_t size)
{
    if (description_in_xml(&description_device, address, size)) {
        memcpy(buffer, description_device.xml + (address - XML_ADDRESS), size);
        return GC_ERR_SUCCESS;
    }
    const int reg = description_find(&description_device, address, size);
    if (reg < 0) {
        return fail(GC_ERR_INVALID_ADDRESS, "no register at 0x%llx", (unsigned long long)address);
    }
    refresh(camera, reg);
    const char *bytes = (const char *)&camera->registers[reg];
    memcpy(buffer, bytes + (address - description_device.registers[reg].address), size);
    return GC_ERR_SUCCESS;
}

bool register_value_fits(const RegisterInfo *info, const RegisterValue *value)
{
    switch (info->kind) {
    case REGISTER_FLOAT:
        return value->real >= info->low && value->real <= info->high;
    case REGISTER_CHOICE:
        for (size_t i = 0; i < info->choice_count; i++) {
            if (info->choices[i] == value->integer) {
                return true;
            }
        }
        return false;
    case REGISTER_INTEGER:
        return (double)value->integer >= info->low && (double)value->integer <= info->high &&
               value->integer % info->step == 0;
    case REGISTER_TEXT:
        return memchr(value->text, '\0', TEXT_LENGTH) != NULL;
    default:
        return true;
    }
}

static bool area_fits(const Camera *camera, int reg, int64_t value)
{
    const RegisterValue *registers = camera->registers;
    const int64_t width = camera->images.width, height = camera->images.height;
    switch (reg) {
    case REG_Width:
        return value <= width - registers[REG_OffsetX].integer;
    case REG_Height:
        return value <= height - registers[REG_OffsetY].integer;
    case REG_OffsetX:
        return value <= width - registers[REG_Width].integer;
    case REG_OffsetY:
        return value <= height - registers[REG_Height].integer;
    default:
        return true;
    }
}

static void command(Camera *camera, int reg)
{
    const RegisterValue *registers = camera->registers;
    switch (reg) {
    case REG_AcquisitionStart:
        engine_start(camera);
        break;
    case REG_AcquisitionStop:
    case REG_AcquisitionAbort:
        engine_stop(camera);
        break;
    case REG_TriggerSoftware:
        if (registers[REG_TriggerMode].integer == TriggerMode_On &&
            registers[REG_TriggerSource].integer == TriggerSource_Software) {
            (void)engine_trigger(camera, &(Edge){clock_ns(), NULL});
        }
        break;
    case REG_TimestampLatch:
        camera->registers[REG_TimestampLatchValue].integer = (int64_t)clock_ns();
        break;
    case REG_CounterReset:
        camera->counters[selected(camera, REG_CounterSelector)].value = 0;
        break;
    case REG_UserSetLoad:
        camera_reset(camera);
        break;
    case REG_DeviceReset:
        camera_lose(camera, clock_ns() + UINT64_C(300000000));
        break;
    default:
        break;
    }
}

/* Settings that live in arrays behind a selector; the plain registers are done before. */
static Answer apply(Camera *camera, int reg, const RegisterValue *written)
{
    const int64_t value = written->integer;
    const int line = selected(camera, REG_LineSelector);
    Counter *counter = &camera->counters[selected(camera, REG_CounterSelector)];
    switch (reg) {
    case REG_LineMode:
        return value == (line == 0 ? LineMode_Input : LineMode_Output) ? ACCESS_NORMAL : VALUE_REFUSED;
    case REG_LineInverter:
        camera_invert_line(camera, line, value);
        break;
    case REG_LineSource:
        if (line == 0 && value != LineSource_Off) {
            return ACCESS_REFUSED;
        }
        camera->line_source[line] = value;
        break;
    case REG_LineDebouncerTime:
        if (line != 0) {
            return ACCESS_REFUSED;
        }
        camera->debounce_us = written->real;
        break;
    case REG_UserOutputValue:
        camera->user_output[selected(camera, REG_UserOutputSelector)] = value;
        break;
    case REG_UserOutputValueAll:
        camera->user_output[0] = value & 1;
        camera->user_output[1] = value >> 1 & 1;
        break;
    case REG_CounterEventSource:
        counter->source = value;
        break;
    case REG_CounterEventActivation:
        counter->activation = value;
        break;
    case REG_ChunkEnable:
        camera->chunk_enable &= ~(1u << selected(camera, REG_ChunkSelector));
        camera->chunk_enable |= (unsigned)value << selected(camera, REG_ChunkSelector);
        break;
    case REG_EventNotification:
        camera->event_enable &= ~(1u << selected(camera, REG_EventSelector));
        camera->event_enable |= (unsigned)value << selected(camera, REG_EventSelector);
        break;
    default:
        break;
    }
    return ACCESS_NORMAL;
}

GC_ERROR registers_write(Camera *camera, uint64_t address, const void *buffer, size_t size)
{
    const int reg = description_find(&description_device, address, size);
    if (reg < 0) {
        return fail(GC_ERR_INVALID_ADDRESS, "no register at 0x%llx", (unsigned long long)address);
    }
    const RegisterInfo *info = &description_device.registers[reg];
    if (!info->writable) {
        return fail(GC_ERR_ACCESS_DENIED, "%s is read-only", info->name);
    }
    if (info->kind != REGISTER_TEXT && size != info->length) {
        return fail(GC_ERR_INVALID_PARAMETER, "%s takes %zu bytes, not %zu", info->name, info->length, size);
    }
    if (info->locked && (camera->acquiring || camera->registers[REG_TLParamsLocked].integer != 0)) {
        return fail(GC_ERR_ACCESS_DENIED, "%s is locked during acquisition", info->name);
    }
    RegisterValue value;
    memset(&value, 0, sizeof value);
    memcpy((char *)&value + (address - info->address), buffer, size);
    if (!register_value_fits(info, &value) || !area_fits(camera, reg, value.integer)) {
        return fail(GC_ERR_INVALID_VALUE, "%s does not take this value", info->name);
    }
    if (info->kind == REGISTER_COMMAND) {
        command(camera, reg);
        return GC_ERR_SUCCESS;
    }
    const Answer answer = info->kind == REGISTER_TEXT ? ACCESS_NORMAL : apply(camera, reg, &value);
    if (answer != ACCESS_NORMAL) {
        return fail(answer == ACCESS_REFUSED ? GC_ERR_ACCESS_DENIED : GC_ERR_INVALID_VALUE,
                    "%s does not take this value on this line", info->name);
    }
    camera->registers[reg] = value;
    condition_wake_all(&camera->wake); /* trigger mode or frame rate may have changed */
    return GC_ERR_SUCCESS;
}
