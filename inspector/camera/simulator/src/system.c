/* SPDX-License-Identifier: Apache-2.0 */
/* GenTL system and interface modules: there is one of each, and the interface lists the cameras. */
#include "library.h"
#include "module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Called with the lock. */
const char *system_path(void)
{
    static char path[PATH_LENGTH];
    if (path[0] == '\0') {
        char *file = library_file();
        (void)snprintf(path, sizeof path, "%s", file != NULL ? file : FILE_NAME);
        free(file);
    }
    return path;
}

static GC_ERROR system_info(TL_INFO_CMD command, INFO_DATATYPE *type, void *out, size_t *size)
{
    switch (command) {
    case TL_INFO_ID:
    case TL_INFO_DISPLAYNAME:
        return info_string(TL_ID, type, out, size);
    case TL_INFO_VENDOR:
        return info_string(VENDOR, type, out, size);
    case TL_INFO_MODEL:
        return info_string(MODEL, type, out, size);
    case TL_INFO_VERSION:
        return info_string(PRODUCER_VERSION, type, out, size);
    case TL_INFO_TLTYPE:
        return info_string(TL_TYPE, type, out, size);
    case TL_INFO_NAME:
        return info_string(FILE_NAME, type, out, size);
    case TL_INFO_PATHNAME:
        return info_string(system_path(), type, out, size);
    case TL_INFO_CHAR_ENCODING:
        return info_int32(TL_CHAR_ENCODING_UTF8, type, out, size);
    case TL_INFO_GENTL_VER_MAJOR:
        return info_uint32(1, type, out, size);
    case TL_INFO_GENTL_VER_MINOR:
        return info_uint32(6, type, out, size);
    default:
        return info_unknown(command);
    }
}

GC_API GCGetInfo(TL_INFO_CMD iInfoCmd, INFO_DATATYPE *piType, void *pBuffer, size_t *piSize)
{
    /* Allowed before GCInitLib. */
    (void)api_enter();
    return api_leave(__func__, system_info(iInfoCmd, piType, pBuffer, piSize));
}

GC_API TLOpen(TL_HANDLE *phSystem)
{
    if (!api_enter()) {
        return api_leave(__func__, GC_ERR_NOT_INITIALIZED);
    }
    if (phSystem == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    if (simulator.handle != NULL) {
        return api_leave(__func__, GC_ERR_RESOURCE_IN_USE);
    }
    simulator.handle = handle_open(HANDLE_SYSTEM, &simulator);
    *phSystem = simulator.handle;
    return api_leave(__func__, simulator.handle != NULL ? GC_ERR_SUCCESS : GC_ERR_RESOURCE_EXHAUSTED);
}

static void interface_close(void)
{
    for (int i = 0; i < CAMERA_COUNT; i++) {
        device_close(&simulator.cameras[i].device);
    }
    handle_close(simulator.interface_handle);
    simulator.interface_handle = NULL;
}

GC_API TLClose(TL_HANDLE hSystem)
{
    if (api_enter_with(hSystem, HANDLE_SYSTEM) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    interface_close();
    handle_close(simulator.handle);
    simulator.handle = NULL;
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API TLGetInfo(TL_HANDLE hSystem, TL_INFO_CMD iInfoCmd, INFO_DATATYPE *piType, void *pBuffer, size_t *piSize)
{
    if (api_enter_with(hSystem, HANDLE_SYSTEM) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    return api_leave(__func__, system_info(iInfoCmd, piType, pBuffer, piSize));
}

GC_API TLGetNumInterfaces(TL_HANDLE hSystem, uint32_t *piNumIfaces)
{
    if (api_enter_with(hSystem, HANDLE_SYSTEM) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (piNumIfaces == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    *piNumIfaces = 1;
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API TLGetInterfaceID(TL_HANDLE hSystem, uint32_t iIndex, char *sID, size_t *piSize)
{
    if (api_enter_with(hSystem, HANDLE_SYSTEM) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    return api_leave(__func__, iIndex == 0 ? text_out(INTERFACE_ID, sID, piSize) : GC_ERR_INVALID_INDEX);
}

static GC_ERROR interface_info(INTERFACE_INFO_CMD command, INFO_DATATYPE *type, void *out, size_t *size)
{
    switch (command) {
    case INTERFACE_INFO_ID:
        return info_string(INTERFACE_ID, type, out, size);
    case INTERFACE_INFO_DISPLAYNAME:
        return info_string(INTERFACE_DISPLAY_NAME, type, out, size);
    case INTERFACE_INFO_TLTYPE:
        return info_string(TL_TYPE, type, out, size);
    default:
        return info_unknown(command);
    }
}

static bool is_interface(const char *id) { return id != NULL && strcmp(id, INTERFACE_ID) == 0; }

GC_API TLGetInterfaceInfo(TL_HANDLE hSystem, const char *sIfaceID, INTERFACE_INFO_CMD iInfoCmd,
                          INFO_DATATYPE *piType, void *pBuffer, size_t *piSize)
{
    if (api_enter_with(hSystem, HANDLE_SYSTEM) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (!is_interface(sIfaceID)) {
        return api_leave(__func__, sIfaceID == NULL ? GC_ERR_INVALID_PARAMETER : GC_ERR_INVALID_ID);
    }
    return api_leave(__func__, interface_info(iInfoCmd, piType, pBuffer, piSize));
}

GC_API TLOpenInterface(TL_HANDLE hSystem, const char *sIfaceID, IF_HANDLE *phIface)
{
    if (api_enter_with(hSystem, HANDLE_SYSTEM) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (sIfaceID == NULL || phIface == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    if (!is_interface(sIfaceID)) {
        return api_leave(__func__, GC_ERR_INVALID_ID);
    }
    if (simulator.interface_handle != NULL) {
        return api_leave(__func__, GC_ERR_RESOURCE_IN_USE);
    }
    simulator.interface_handle = handle_open(HANDLE_INTERFACE, &simulator);
    *phIface = simulator.interface_handle;
    return api_leave(__func__, *phIface != NULL ? GC_ERR_SUCCESS : GC_ERR_RESOURCE_EXHAUSTED);
}

GC_API TLUpdateInterfaceList(TL_HANDLE hSystem, bool8_t *pbChanged, uint64_t iTimeout)
{
    (void)iTimeout;
    if (api_enter_with(hSystem, HANDLE_SYSTEM) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (pbChanged != NULL) {
        *pbChanged = 0;
    }
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API IFClose(IF_HANDLE hIface)
{
    if (api_enter_with(hIface, HANDLE_INTERFACE) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    interface_close();
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API IFGetInfo(IF_HANDLE hIface, INTERFACE_INFO_CMD iInfoCmd, INFO_DATATYPE *piType, void *pBuffer, size_t *piSize)
{
    if (api_enter_with(hIface, HANDLE_INTERFACE) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    return api_leave(__func__, interface_info(iInfoCmd, piType, pBuffer, piSize));
}

GC_API IFGetParentTL(IF_HANDLE hIface, TL_HANDLE *phSystem)
{
    if (api_enter_with(hIface, HANDLE_INTERFACE) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (phSystem == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    *phSystem = simulator.handle;
    return api_leave(__func__, GC_ERR_SUCCESS);
}

/* The cameras that answer, in order; a lost one is not listed. */
Camera *system_listed(uint32_t wanted)
{
    for (int i = 0; i < CAMERA_COUNT; i++) {
        if (simulator.cameras[i].listed && wanted-- == 0) {
            return &simulator.cameras[i];
        }
    }
    return NULL;
}

static Camera *find_listed(const char *id)
{
    for (int i = 0; i < CAMERA_COUNT; i++) {
        if (simulator.cameras[i].listed && strcmp(simulator.cameras[i].id, id) == 0) {
            return &simulator.cameras[i];
        }
    }
    return NULL;
}

bool system_update_devices(void)
{
    bool changed = false;
    for (int i = 0; i < CAMERA_COUNT; i++) {
        Camera *camera = &simulator.cameras[i];
        const bool present = !camera_is_lost(camera);
        changed = changed || present != camera->listed;
        camera->listed = present;
    }
    return changed;
}

GC_API IFUpdateDeviceList(IF_HANDLE hIface, bool8_t *pbChanged, uint64_t iTimeout)
{
    (void)iTimeout;
    if (api_enter_with(hIface, HANDLE_INTERFACE) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    const bool changed = system_update_devices();
    if (pbChanged != NULL) {
        *pbChanged = changed;
    }
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API IFGetNumDevices(IF_HANDLE hIface, uint32_t *piNumDevices)
{
    if (api_enter_with(hIface, HANDLE_INTERFACE) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (piNumDevices == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    uint32_t count = 0;
    while (system_listed(count) != NULL) {
        count++;
    }
    *piNumDevices = count;
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API IFGetDeviceID(IF_HANDLE hIface, uint32_t iIndex, char *sIDeviceID, size_t *piSize)
{
    if (api_enter_with(hIface, HANDLE_INTERFACE) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    const Camera *camera = system_listed(iIndex);
    return api_leave(__func__, camera != NULL ? text_out(camera->id, sIDeviceID, piSize) : GC_ERR_INVALID_INDEX);
}

GC_API IFGetDeviceInfo(IF_HANDLE hIface, const char *sDeviceID, DEVICE_INFO_CMD iInfoCmd, INFO_DATATYPE *piType,
                       void *pBuffer, size_t *piSize)
{
    if (api_enter_with(hIface, HANDLE_INTERFACE) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (sDeviceID == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    Camera *camera = find_listed(sDeviceID);
    return api_leave(__func__, camera != NULL ? device_info(camera, iInfoCmd, piType, pBuffer, piSize)
                                              : GC_ERR_INVALID_ID);
}

GC_API IFOpenDevice(IF_HANDLE hIface, const char *sDeviceID, DEVICE_ACCESS_FLAGS iOpenFlags, DEV_HANDLE *phDevice)
{
    if (api_enter_with(hIface, HANDLE_INTERFACE) == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (sDeviceID == NULL || phDevice == NULL || iOpenFlags == DEVICE_ACCESS_NONE) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    Camera *camera = find_listed(sDeviceID);
    return api_leave(__func__, camera != NULL ? device_open(camera, phDevice) : GC_ERR_INVALID_ID);
}
