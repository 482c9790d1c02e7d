/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing the library, the handle table, the last error, the trace. */
#include "library.h"

#include "control.h"
#include "module.h"

#include <stdlib.h>
#include <string.h>

enum { HANDLE_SLOTS = 4096, ERROR_TEXT = 512 };

typedef struct {
    HandleKind kind;
    void *object;
    uintptr_t generation;
} HandleSlot;

Mutex library_lock = MUTEX_INITIAL;
System simulator;

static HandleSlot slots[HANDLE_SLOTS];
static bool library_open;
static bool library_changing; /* being opened or closed, which releases the lock */
static FILE *trace;
static _Thread_local GC_ERROR last_error;
static _Thread_local char last_text[ERROR_TEXT], new_text[ERROR_TEXT];
static _Thread_local bool text_set;

void *handle_open(HandleKind kind, void *object)
{
    for (uintptr_t i = 0; i < HANDLE_SLOTS; i++) {
        if (slots[i].kind == HANDLE_NONE) {
            slots[i].kind = kind;
            slots[i].object = object;
            slots[i].generation++;
            /* Never NULL, because the generation of a used slot is at least 1. */
            return (void *)(slots[i].generation * HANDLE_SLOTS + i); /* NOLINT(performance-no-int-to-ptr) */
        }
    }
    return NULL;
}

static HandleSlot *find_slot(void *handle)
{
    const uintptr_t number = (uintptr_t)handle;
    HandleSlot *slot = &slots[number % HANDLE_SLOTS];
    return slot->kind != HANDLE_NONE && slot->generation == number / HANDLE_SLOTS ? slot : NULL;
}

void handle_close(void *handle)
{
    HandleSlot *slot = find_slot(handle);
    if (slot != NULL) {
        slot->kind = HANDLE_NONE;
        slot->object = NULL;
    }
}

void *handle_object(void *handle, HandleKind kind)
{
    const HandleSlot *slot = find_slot(handle);
    return slot != NULL && slot->kind == kind ? slot->object : NULL;
}

HandleKind handle_kind(void *handle)
{
    const HandleSlot *slot = find_slot(handle);
    return slot != NULL ? slot->kind : HANDLE_NONE;
}

void handle_close_all(void)
{
    for (size_t i = 0; i < HANDLE_SLOTS; i++) {
        slots[i].kind = HANDLE_NONE;
        slots[i].object = NULL;
    }
}

GC_ERROR fail(GC_ERROR code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(new_text, sizeof new_text, format, arguments);
    va_end(arguments);
    text_set = true;
    return code;
}

bool api_enter(void)
{
    mutex_lock(&library_lock);
    text_set = false;
    return library_open;
}

void *api_enter_with(void *handle, HandleKind kind)
{
    return api_enter() ? handle_object(handle, kind) : NULL;
}

static const char *default_text(GC_ERROR code)
{
    switch (code) {
    case GC_ERR_NOT_INITIALIZED:
        return "call GCInitLib first";
    case GC_ERR_NOT_IMPLEMENTED:
        return "the simulated camera has no such information or function";
    case GC_ERR_RESOURCE_IN_USE:
        return "already open, registered or queued";
    case GC_ERR_INVALID_HANDLE:
        return "the handle is NULL, closed, or of another kind";
    case GC_ERR_INVALID_ID:
        return "no module has this id";
    case GC_ERR_NO_DATA:
        return "there is no data";
    case GC_ERR_INVALID_PARAMETER:
        return "a parameter is NULL or out of range";
    case GC_ERR_IO:
        return "the camera does not answer";
    case GC_ERR_TIMEOUT:
        return "nothing happened within the time given";
    case GC_ERR_ABORT:
        return "waiting was ended from elsewhere";
    case GC_ERR_BUFFER_TOO_SMALL:
        return "the buffer given is too small";
    case GC_ERR_INVALID_INDEX:
        return "the index is out of range";
    case GC_ERR_BUSY:
        return "the buffer is in a queue or being filled";
    case GC_ERR_OUT_OF_MEMORY:
        return "out of memory";
    default:
        return "failed";
    }
}

GC_ERROR api_leave(const char *function, GC_ERROR code)
{
    if (code == GC_ERR_INVALID_HANDLE && !library_open) {
        code = GC_ERR_NOT_INITIALIZED;
    }
    if (code != GC_ERR_SUCCESS) {
        if (text_set) {
            memcpy(last_text, new_text, sizeof last_text);
        } else {
            (void)snprintf(last_text, sizeof last_text, "%s: %s", function, default_text(code));
        }
        last_error = code;
    }
    if (trace != NULL) {
        (void)fprintf(trace, "%llu %s %d%s%s\n", (unsigned long long)clock_ns(), function, (int)code,
                      code != GC_ERR_SUCCESS ? " " : "", code != GC_ERR_SUCCESS ? last_text : "");
        (void)fflush(trace);
    }
    mutex_unlock(&library_lock);
    return code;
}

static bool power_up(void)
{
    char *folders[CAMERA_COUNT] = {environment_get("INSPECTOR_SIMULATOR_IMAGES"),
                                   environment_get("INSPECTOR_SIMULATOR_IMAGES_1")};
    int running = 0;
    while (running < CAMERA_COUNT) {
        const char *folder = folders[running] != NULL ? folders[running] : folders[0];
        if (!camera_power_up(&simulator.cameras[running], running, folder)) {
            break;
        }
        running++;
    }
    for (int i = 0; i < CAMERA_COUNT; i++) {
        free(folders[i]);
    }
    if (running == CAMERA_COUNT) {
        return true;
    }
    while (running > 0) {
        camera_power_down(&simulator.cameras[--running]);
    }
    return false;
}

static GC_ERROR start(void)
{
    simulator.handle = NULL;
    simulator.interface_handle = NULL;
    simulator.device_selector = 0;
    simulator.interface_timeout_ms = (int64_t)description_system.registers[TL_InterfaceUpdateTimeout].initial;
    simulator.device_timeout_ms = (int64_t)description_interface.registers[INTERFACE_DeviceUpdateTimeout].initial;
    if (!power_up()) {
        return GC_ERR_INVALID_PARAMETER;
    }
    if (!control_start()) {
        for (int i = 0; i < CAMERA_COUNT; i++) {
            camera_power_down(&simulator.cameras[i]);
        }
        return GC_ERR_IO;
    }
    return GC_ERR_SUCCESS;
}

static GC_ERROR init(void)
{
    if (library_open || library_changing) {
        return GC_ERR_RESOURCE_IN_USE;
    }
    library_changing = true;
    const GC_ERROR code = start();
    library_changing = false;
    if (code != GC_ERR_SUCCESS) {
        /* Many consumers drop this error and list no cameras. */
        (void)fprintf(stderr, "simulated camera: %s\n", new_text);
        return code;
    }
    char *trace_path = environment_get("INSPECTOR_SIMULATOR_TRACE");
    if (trace_path != NULL) {
        trace = file_open(trace_path, "a");
        free(trace_path);
    }
    library_open = true;
    return GC_ERR_SUCCESS;
}

GC_API GCInitLib(void)
{
    (void)api_enter();
    return api_leave(__func__, init());
}

GC_API GCCloseLib(void)
{
    if (!api_enter()) {
        return api_leave(__func__, GC_ERR_NOT_INITIALIZED);
    }
    library_open = false; /* from here on all other calls are refused */
    library_changing = true;
    control_stop();
    for (int i = 0; i < CAMERA_COUNT; i++) {
        camera_power_down(&simulator.cameras[i]);
    }
    handle_close_all();
    simulator.handle = NULL;
    simulator.interface_handle = NULL;
    library_changing = false;
    const GC_ERROR code = GC_ERR_SUCCESS;
    if (trace != NULL) {
        (void)fclose(trace);
        trace = NULL;
    }
    return api_leave(__func__, code);
}

GC_API GCGetLastError(GC_ERROR *piErrorCode, char *sErrText, size_t *piSize)
{
    if (piErrorCode == NULL || piSize == NULL) {
        return GC_ERR_INVALID_PARAMETER;
    }
    const char *text = last_error == GC_ERR_SUCCESS ? "no error" : last_text;
    *piErrorCode = last_error;
    return text_out(text, sErrText, piSize);
}
