/* SPDX-License-Identifier: Apache-2.0 */
/* What every exported function needs: the lock, handles, errors, and how information is handed out. */
#ifndef SIMULATOR_LIBRARY_H
#define SIMULATOR_LIBRARY_H

#include "gentl.h"
#include "platform.h"

#include <stdarg.h>

extern Mutex library_lock;

typedef enum {
    HANDLE_NONE,
    HANDLE_SYSTEM,
    HANDLE_INTERFACE,
    HANDLE_DEVICE,
    HANDLE_REMOTE, /* port of the remote device */
    HANDLE_STREAM,
    HANDLE_BUFFER,
    HANDLE_EVENT
} HandleKind;

/*
 * Handles are numbers, never pointers: one that was closed, or never existed, is recognised and refused.
 * handle_open returns NULL when the table is full.
 */
void *handle_open(HandleKind kind, void *object);
void handle_close(void *handle);
void *handle_object(void *handle, HandleKind kind);
HandleKind handle_kind(void *handle);
void handle_close_all(void);

/* Takes the lock. The library must be open: otherwise false, and api_leave reports it. */
bool api_enter(void);
/* Takes the lock and resolves the handle; on NULL leave with api_leave(name, GC_ERR_INVALID_HANDLE). */
void *api_enter_with(void *handle, HandleKind kind);
/* Stores the error for GCGetLastError, traces the call and releases the lock. Returns the code to return. */
GC_ERROR api_leave(const char *function, GC_ERROR code);

/* Describes an error in the words of this case; returns the code. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
GC_ERROR fail(GC_ERROR code, const char *format, ...);

/* Hand out one piece of information by the rules of GenTL 1.6, 6.1.3: buffer NULL asks for the size. */
GC_ERROR info_bytes(int32_t type, const void *value, size_t size, INFO_DATATYPE *out_type, void *out, size_t *out_size);
GC_ERROR info_string(const char *value, INFO_DATATYPE *type, void *out, size_t *size);
GC_ERROR info_int32(int32_t value, INFO_DATATYPE *type, void *out, size_t *size);
GC_ERROR info_uint32(uint32_t value, INFO_DATATYPE *type, void *out, size_t *size);
GC_ERROR info_uint64(uint64_t value, INFO_DATATYPE *type, void *out, size_t *size);
GC_ERROR info_size(size_t value, INFO_DATATYPE *type, void *out, size_t *size);
GC_ERROR info_bool(bool value, INFO_DATATYPE *type, void *out, size_t *size);
GC_ERROR info_pointer(void *value, INFO_DATATYPE *type, void *out, size_t *size);
GC_ERROR info_unknown(int32_t command);
/* For functions that hand out an id without a type. */
GC_ERROR text_out(const char *value, char *out, size_t *size);

#endif
