/* SPDX-License-Identifier: Apache-2.0 */
#include "library.h"

#include <string.h>

GC_ERROR info_bytes(int32_t type, const void *value, size_t size, INFO_DATATYPE *out_type, void *out, size_t *out_size)
{
    if (out_size == NULL) {
        return GC_ERR_INVALID_PARAMETER;
    }
    if (out_type != NULL) {
        *out_type = type;
    }
    const size_t room = *out_size;
    *out_size = size;
    if (out == NULL) {
        return GC_ERR_SUCCESS;
    }
    if (room < size) {
        return GC_ERR_BUFFER_TOO_SMALL;
    }
    memcpy(out, value, size);
    return GC_ERR_SUCCESS;
}

GC_ERROR info_string(const char *value, INFO_DATATYPE *type, void *out, size_t *size)
{
    return info_bytes(INFO_DATATYPE_STRING, value, strlen(value) + 1, type, out, size);
}

GC_ERROR info_int32(int32_t value, INFO_DATATYPE *type, void *out, size_t *size)
{
    return info_bytes(INFO_DATATYPE_INT32, &value, sizeof value, type, out, size);
}

GC_ERROR info_uint32(uint32_t value, INFO_DATATYPE *type, void *out, size_t *size)
{
    return info_bytes(INFO_DATATYPE_UINT32, &value, sizeof value, type, out, size);
}

GC_ERROR info_uint64(uint64_t value, INFO_DATATYPE *type, void *out, size_t *size)
{
    return info_bytes(INFO_DATATYPE_UINT64, &value, sizeof value, type, out, size);
}

GC_ERROR info_size(size_t value, INFO_DATATYPE *type, void *out, size_t *size)
{
    return info_bytes(INFO_DATATYPE_SIZET, &value, sizeof value, type, out, size);
}

GC_ERROR info_bool(bool value, INFO_DATATYPE *type, void *out, size_t *size)
{
    const bool8_t byte = value ? 1 : 0;
    return info_bytes(INFO_DATATYPE_BOOL8, &byte, sizeof byte, type, out, size);
}

GC_ERROR info_pointer(void *value, INFO_DATATYPE *type, void *out, size_t *size)
{
    return info_bytes(INFO_DATATYPE_PTR, &value, sizeof value, type, out, size);
}

GC_ERROR info_unknown(int32_t command)
{
    return fail(GC_ERR_NOT_IMPLEMENTED, "the simulated camera does not answer information command %d", (int)command);
}

GC_ERROR text_out(const char *value, char *out, size_t *size)
{
    return info_bytes(INFO_DATATYPE_STRING, value, strlen(value) + 1, NULL, out, size);
}
