/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of the system, the interface, the local end of a device, and the stream (GenTL SFNC). */
#include "library.h"
#include "port.h"

#include <stdio.h>
#include <string.h>

static const char *system_text(int reg)
{
    switch (reg) {
    case TL_TLVendorName:
        return VENDOR;
    case TL_TLModelName:
        return MODEL;
    case TL_TLVersion:
        return PRODUCER_VERSION;
    case TL_TLFileName:
        return FILE_NAME;
    case TL_TLPath:
        return system_path();
    case TL_InterfaceDisplayName:
        return INTERFACE_DISPLAY_NAME;
    case TL_InterfaceID:
        return INTERFACE_ID;
    default:
        return TL_ID;
    }
}

static int64_t system_number(int reg)
{
    switch (reg) {
    case TL_GenTLVersionMajor:
    case TL_GenTLSFNCVersionMajor:
        return 1;
    case TL_GenTLSFNCVersionMinor:
        return 2;
    case TL_InterfaceUpdateTimeout:
        return simulator.interface_timeout_ms;
    case TL_GenTLVersionMinor:
        return 6;
    default:
        return 0;
    }
}

/* The name that a camera gives by an information command: register and command agree by construction. */
static void device_text(Camera *camera, DEVICE_INFO_CMD command, RegisterValue *value)
{
    size_t size = sizeof value->text;
    (void)device_info(camera, command, NULL, value->text, &size);
}

static int64_t access_status(Camera *camera)
{
    int32_t status = 0;
    size_t size = sizeof status;
    (void)device_info(camera, DEVICE_INFO_ACCESS_STATUS, NULL, &status, &size);
    return status;
}

/* What the registers of the interface say about the selected camera; nothing when the list is shorter. */
static void interface_value(int reg, RegisterValue *value)
{
    Camera *camera = system_listed((uint32_t)simulator.device_selector);
    switch (reg) {
    case INTERFACE_InterfaceID:
        (void)snprintf(value->text, sizeof value->text, "%s", INTERFACE_ID);
        return;
    case INTERFACE_InterfaceDisplayName:
        (void)snprintf(value->text, sizeof value->text, "%s", INTERFACE_DISPLAY_NAME);
        return;
    case INTERFACE_DeviceCount:
        while (system_listed((uint32_t)value->integer) != NULL) {
            value->integer++;
        }
        return;
    case INTERFACE_DeviceSelector:
        value->integer = simulator.device_selector;
        return;
    case INTERFACE_DeviceAccessStatus:
        value->integer = camera != NULL ? access_status(camera) : DEVICE_ACCESS_STATUS_NOACCESS;
        return;
    case INTERFACE_DeviceUpdateTimeout:
        value->integer = simulator.device_timeout_ms;
        return;
    case INTERFACE_InterfaceTLVersionMajor: /* of a transport layer that is not a standard's */
    case INTERFACE_DeviceTLVersionMajor:
        value->integer = 1;
        return;
    case INTERFACE_InterfaceType:
    case INTERFACE_InterfaceTLVersionMinor:
    case INTERFACE_DeviceTLVersionMinor:
        return;
    default:
        break;
    }
    static const struct {
        int reg;
        DEVICE_INFO_CMD command;
    } texts[] = {
        {INTERFACE_DeviceID, DEVICE_INFO_ID},
        {INTERFACE_DeviceVendorName, DEVICE_INFO_VENDOR},
        {INTERFACE_DeviceModelName, DEVICE_INFO_MODEL},
        {INTERFACE_DeviceSerialNumber, DEVICE_INFO_SERIAL_NUMBER},
        {INTERFACE_DeviceUserID, DEVICE_INFO_USER_DEFINED_NAME},
    };
    for (size_t i = 0; camera != NULL && i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].reg == reg) {
            device_text(camera, texts[i].command, value);
        }
    }
}

static void device_value(const Device *device, int reg, RegisterValue *value)
{
    switch (reg) {
    case DEVICE_DeviceVendorName:
        device_text(device->camera, DEVICE_INFO_VENDOR, value);
        break;
    case DEVICE_DeviceModelName:
    case DEVICE_DeviceFamilyName:
        device_text(device->camera, DEVICE_INFO_MODEL, value);
        break;
    case DEVICE_DeviceSerialNumber:
        device_text(device->camera, DEVICE_INFO_SERIAL_NUMBER, value);
        break;
    case DEVICE_DeviceUserID:
        device_text(device->camera, DEVICE_INFO_USER_DEFINED_NAME, value);
        break;
    case DEVICE_DeviceVersion:
        device_text(device->camera, DEVICE_INFO_VERSION, value);
        break;
    case DEVICE_DeviceManufacturerInfo:
        (void)snprintf(value->text, sizeof value->text, "%s", TL_ID);
        break;
    case DEVICE_DeviceTimestampFrequency:
        value->integer = INT64_C(1000000000);
        break;
    case DEVICE_DeviceID:
    case DEVICE_DeviceDisplayName:
        device_text(device->camera, DEVICE_INFO_ID, value);
        break;
    case DEVICE_StreamID:
        (void)snprintf(value->text, sizeof value->text, "%s", STREAM_ID);
        break;
    case DEVICE_DeviceAccessStatus:
        value->integer = access_status(device->camera);
        break;
    case DEVICE_EventNotification:
        value->integer = device->notify_loss;
        break;
    default: /* selectors and types with one choice, whose number is 0 */
        break;
    }
}

static int64_t stream_number(const DataStream *stream, int reg)
{
    switch (reg) {
    case STREAM_StreamAnnouncedBufferCount:
        return (int64_t)stream->announced_count;
    case STREAM_StreamAnnounceBufferMinimum:
        return 1;
    case STREAM_StreamInputBufferCount:
        return (int64_t)stream->input.count;
    case STREAM_StreamOutputBufferCount:
        return (int64_t)stream->output.count;
    case STREAM_StreamStartedFrameCount:
        return (int64_t)stream->started;
    case STREAM_StreamDeliveredFrameCount:
        return (int64_t)stream->delivered;
    case STREAM_StreamLostFrameCount:
        return (int64_t)stream->underruns;
    case STREAM_StreamChunkCountMaximum:
        return CHUNK_COUNT;
    case STREAM_StreamIsGrabbing:
        return stream->grabbing;
    case STREAM_PayloadSize:
        return (int64_t)camera_payload_size(stream->device->camera);
    default:
        return 0;
    }
}

static void module_value(const Port *port, int reg, RegisterValue *value)
{
    const bool text = port->description->registers[reg].kind == REGISTER_TEXT;
    if (port->description == &description_interface) {
        interface_value(reg, value);
    } else if (port->description == &description_local_device) {
        device_value(port->device, reg, value);
    } else if (port->description == &description_stream && !text) {
        value->integer = stream_number(port->stream, reg);
    } else if (!text) {
        value->integer = system_number(reg);
    } else {
        (void)snprintf(value->text, sizeof value->text, "%s",
                       port->description == &description_stream ? STREAM_ID : system_text(reg));
    }
}

GC_ERROR module_read(const Port *port, uint64_t address, void *buffer, size_t size)
{
    const Description *description = port->description;
    if (description_in_xml(description, address, size)) {
        memcpy(buffer, description->xml + (address - XML_ADDRESS), size);
        return GC_ERR_SUCCESS;
    }
    const int reg = description_find(description, address, size);
    if (reg < 0) {
        return fail(GC_ERR_INVALID_ADDRESS, "no register at 0x%llx", (unsigned long long)address);
    }
    RegisterValue value;
    memset(&value, 0, sizeof value);
    module_value(port, reg, &value);
    memcpy(buffer, (const char *)&value + (address - description->registers[reg].address), size);
    return GC_ERR_SUCCESS;
}

GC_ERROR module_write(const Port *port, uint64_t address, const void *buffer, size_t size)
{
    const int reg = description_find(port->description, address, size);
    if (reg < 0) {
        return fail(GC_ERR_INVALID_ADDRESS, "no register at 0x%llx", (unsigned long long)address);
    }
    const RegisterInfo *info = &port->description->registers[reg];
    if (!info->writable) {
        return fail(GC_ERR_ACCESS_DENIED, "%s is read-only", info->name);
    }
    RegisterValue written;
    memset(&written, 0, sizeof written);
    if (size != sizeof written.integer) {
        return fail(GC_ERR_INVALID_PARAMETER, "%s takes %zu bytes, not %zu", info->name, info->length, size);
    }
    memcpy(&written.integer, buffer, size);
    if (!register_value_fits(info, &written)) {
        return fail(GC_ERR_INVALID_VALUE, "%s does not take this value", info->name);
    }
    const int64_t value = written.integer;
    if (port->description == &description_local_device && reg == DEVICE_EventNotification) {
        port->device->notify_loss = value;
    } else if (port->description == &description_interface && reg == INTERFACE_DeviceSelector) {
        simulator.device_selector = value;
    } else if (port->description == &description_interface && reg == INTERFACE_DeviceUpdateList) {
        (void)system_update_devices();
    } else if (port->description == &description_interface && reg == INTERFACE_DeviceUpdateTimeout) {
        simulator.device_timeout_ms = value;
    } else if (port->description == &description_system && reg == TL_InterfaceUpdateTimeout) {
        simulator.interface_timeout_ms = value;
    }
    return GC_ERR_SUCCESS;
}
