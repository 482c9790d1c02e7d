/* SPDX-License-Identifier: Apache-2.0 */
/* GenTL device module: the local end of the connection to one camera. */
#include "library.h"
#include "module.h"

#include <string.h>

GC_ERROR device_info(Camera *camera, DEVICE_INFO_CMD command, INFO_DATATYPE *type, void *out, size_t *size)
{
    switch (command) {
    case DEVICE_INFO_ID:
    case DEVICE_INFO_DISPLAYNAME:
        return info_string(camera->id, type, out, size);
    case DEVICE_INFO_VENDOR:
        return info_string(VENDOR, type, out, size);
    case DEVICE_INFO_MODEL:
        return info_string(MODEL, type, out, size);
    case DEVICE_INFO_TLTYPE:
        return info_string(TL_TYPE, type, out, size);
    case DEVICE_INFO_ACCESS_STATUS:
        if (camera_is_lost(camera) || camera->device.broken) {
            return info_int32(DEVICE_ACCESS_STATUS_NOACCESS, type, out, size);
        }
        return info_int32(camera->device.handle != NULL ? DEVICE_ACCESS_STATUS_OPEN_READWRITE
                                                        : DEVICE_ACCESS_STATUS_READWRITE,
                          type, out, size);
    case DEVICE_INFO_USER_DEFINED_NAME:
        return info_string(camera->registers[REG_DeviceUserID].text, type, out, size);
    case DEVICE_INFO_SERIAL_NUMBER:
        return info_string(camera->serial, type, out, size);
    case DEVICE_INFO_VERSION:
        return info_string(PRODUCER_VERSION, type, out, size);
    case DEVICE_INFO_TIMESTAMP_FREQUENCY:
        return info_uint64(UINT64_C(1000000000), type, out, size);
    default:
        return info_unknown(command);
    }
}

GC_ERROR device_open(Camera *camera, DEV_HANDLE *handle)
{
    Device *device = &camera->device;
    if (device->handle != NULL || device->closing) {
        return GC_ERR_RESOURCE_IN_USE;
    }
    if (camera_is_lost(camera)) {
        return GC_ERR_NOT_AVAILABLE;
    }
    device->quit = false;
    device->broken = false;
    device->notify_loss = EventNotification_On;
    if (!thread_start(&device->worker, engine_run, device)) {
        return GC_ERR_RESOURCE_EXHAUSTED;
    }
    device->handle = handle_open(HANDLE_DEVICE, device);
    device->port_handle = handle_open(HANDLE_REMOTE, device);
    *handle = device->handle;
    if (device->handle == NULL || device->port_handle == NULL) {
        device_close(device);
        return GC_ERR_RESOURCE_EXHAUSTED;
    }
    return GC_ERR_SUCCESS;
}

void device_close(Device *device)
{
    Camera *camera = device->camera;
    if ((device->handle == NULL && device->port_handle == NULL) || device->closing) {
        return;
    }
    device->closing = true;
    stream_close(&device->stream);
    event_end(&device->event);
    event_end(&device->camera_event);
    handle_close(device->port_handle);
    handle_close(device->handle);
    /* A camera whose host goes away stops: its next host finds it idle and unlocked. */
    engine_stop(camera);
    camera->registers[REG_TLParamsLocked].integer = 0;
    device->quit = true;
    condition_wake_all(&camera->wake);
    mutex_unlock(&library_lock);
    thread_join(device->worker);
    mutex_lock(&library_lock);
    device->handle = NULL;
    device->port_handle = NULL;
    device->broken = false;
    device->closing = false;
}

GC_API DevClose(DEV_HANDLE hDevice)
{
    Device *device = api_enter_with(hDevice, HANDLE_DEVICE);
    if (device == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    device_close(device);
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API DevGetInfo(DEV_HANDLE hDevice, DEVICE_INFO_CMD iInfoCmd, INFO_DATATYPE *piType, void *pBuffer, size_t *piSize)
{
    Device *device = api_enter_with(hDevice, HANDLE_DEVICE);
    if (device == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    return api_leave(__func__, device_info(device->camera, iInfoCmd, piType, pBuffer, piSize));
}

GC_API DevGetPort(DEV_HANDLE hDevice, PORT_HANDLE *phRemoteDevice)
{
    const Device *device = api_enter_with(hDevice, HANDLE_DEVICE);
    if (device == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (phRemoteDevice == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    *phRemoteDevice = device->port_handle;
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API DevGetParentIF(DEV_HANDLE hDevice, IF_HANDLE *phIface)
{
    if (api_enter_with(hDevice, HANDLE_DEVICE) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (phIface == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    *phIface = simulator.interface_handle;
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API DevGetNumDataStreams(DEV_HANDLE hDevice, uint32_t *piNumDataStreams)
{
    if (api_enter_with(hDevice, HANDLE_DEVICE) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (piNumDataStreams == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    *piNumDataStreams = 1;
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API DevGetDataStreamID(DEV_HANDLE hDevice, uint32_t iIndex, char *sDataStreamID, size_t *piSize)
{
    if (api_enter_with(hDevice, HANDLE_DEVICE) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    return api_leave(__func__, iIndex == 0 ? text_out(STREAM_ID, sDataStreamID, piSize) : GC_ERR_INVALID_INDEX);
}

GC_API DevOpenDataStream(DEV_HANDLE hDevice, const char *sDataStreamID, DS_HANDLE *phDataStream)
{
    Device *device = api_enter_with(hDevice, HANDLE_DEVICE);
    if (device == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (sDataStreamID == NULL || phDataStream == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    if (strcmp(sDataStreamID, STREAM_ID) != 0) {
        return api_leave(__func__, GC_ERR_INVALID_ID);
    }
    DataStream *stream = &device->stream;
    if (stream->handle != NULL || stream->closing) {
        return api_leave(__func__, GC_ERR_RESOURCE_IN_USE);
    }
    stream->delivered = stream->underruns = stream->started = 0;
    stream->handle = handle_open(HANDLE_STREAM, stream);
    *phDataStream = stream->handle;
    return api_leave(__func__, stream->handle != NULL ? GC_ERR_SUCCESS : GC_ERR_RESOURCE_EXHAUSTED);
}
