/* SPDX-License-Identifier: Apache-2.0 */
/* Register access to all modules, and where their description files are. */
#include "library.h"
#include "port.h"

#include <string.h>

static bool port_find(void *handle, Port *port)
{
    memset(port, 0, sizeof *port);
    switch (handle_kind(handle)) {
    case HANDLE_SYSTEM:
        *port = (Port){&description_system, "TLSystem", TL_ID, NULL, NULL};
        return true;
    case HANDLE_INTERFACE:
        *port = (Port){&description_interface, "TLInterface", INTERFACE_ID, NULL, NULL};
        return true;
    case HANDLE_DEVICE:
        port->device = handle_object(handle, HANDLE_DEVICE);
        port->description = &description_local_device;
        port->module = "TLDevice";
        port->id = port->device->camera->id;
        return true;
    case HANDLE_REMOTE:
        port->device = handle_object(handle, HANDLE_REMOTE);
        port->description = &description_device;
        port->module = "Device";
        port->id = port->device->camera->id;
        return true;
    case HANDLE_STREAM:
        port->stream = handle_object(handle, HANDLE_STREAM);
        *port = (Port){&description_stream, "TLDataStream", STREAM_ID, port->stream, port->stream->device};
        return true;
    default:
        return false;
    }
}

static bool is_remote(const Port *port) { return port->description == &description_device; }

static GC_ERROR port_read(const Port *port, uint64_t address, void *buffer, size_t size)
{
    if (!is_remote(port)) {
        return module_read(port, address, buffer, size);
    }
    if (port->device->broken) {
        return GC_ERR_IO;
    }
    return registers_read(port->device->camera, address, buffer, size);
}

static GC_ERROR port_write(const Port *port, uint64_t address, const void *buffer, size_t size)
{
    if (!is_remote(port)) {
        return module_write(port, address, buffer, size);
    }
    if (port->device->broken) {
        return GC_ERR_IO;
    }
    return registers_write(port->device->camera, address, buffer, size);
}

GC_API GCReadPort(PORT_HANDLE hPort, uint64_t iAddress, void *pBuffer, size_t *piSize)
{
    Port port;
    if (!api_enter() || !port_find(hPort, &port)) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (pBuffer == NULL || piSize == NULL || *piSize == 0) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    return api_leave(__func__, port_read(&port, iAddress, pBuffer, *piSize));
}

GC_API GCWritePort(PORT_HANDLE hPort, uint64_t iAddress, const void *pBuffer, size_t *piSize)
{
    Port port;
    if (!api_enter() || !port_find(hPort, &port)) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (pBuffer == NULL || piSize == NULL || *piSize == 0) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    return api_leave(__func__, port_write(&port, iAddress, pBuffer, *piSize));
}

/* Stops at the first entry that fails; the count says how many went well. */
static GC_ERROR stacked(const Port *port, PORT_REGISTER_STACK_ENTRY *entries, size_t *count, bool write)
{
    if (entries == NULL || count == NULL || *count == 0) {
        return GC_ERR_INVALID_PARAMETER;
    }
    const size_t wanted = *count;
    for (*count = 0; *count < wanted; ++*count) {
        const PORT_REGISTER_STACK_ENTRY entry = entries[*count];
        GC_ERROR code = GC_ERR_INVALID_PARAMETER;
        if (entry.pBuffer != NULL && entry.Size > 0) {
            code = write ? port_write(port, entry.Address, entry.pBuffer, entry.Size)
                         : port_read(port, entry.Address, entry.pBuffer, entry.Size);
        }
        if (code != GC_ERR_SUCCESS) {
            return code;
        }
    }
    return GC_ERR_SUCCESS;
}

GC_API GCReadPortStacked(PORT_HANDLE hPort, PORT_REGISTER_STACK_ENTRY *pEntries, size_t *piNumEntries)
{
    Port port;
    const bool valid = api_enter() && port_find(hPort, &port);
    return api_leave(__func__, valid ? stacked(&port, pEntries, piNumEntries, false) : GC_ERR_INVALID_HANDLE);
}

GC_API GCWritePortStacked(PORT_HANDLE hPort, PORT_REGISTER_STACK_ENTRY *pEntries, size_t *piNumEntries)
{
    Port port;
    const bool valid = api_enter() && port_find(hPort, &port);
    return api_leave(__func__, valid ? stacked(&port, pEntries, piNumEntries, true) : GC_ERR_INVALID_HANDLE);
}

static GC_ERROR url_info(const Description *description, URL_INFO_CMD command, INFO_DATATYPE *type, void *out,
                         size_t *size)
{
    char url[128];
    switch (command) {
    case URL_INFO_URL:
        /* Address and length are hexadecimal (GenTL 1.6, 4.1.2). */
        (void)snprintf(url, sizeof url, "local:///%s;%llX;%zX?SchemaVersion=1.1.0", description->file_name,
                       (unsigned long long)XML_ADDRESS, description->xml_size);
        return info_string(url, type, out, size);
    case URL_INFO_SCHEMA_VER_MAJOR:
    case URL_INFO_SCHEMA_VER_MINOR:
    case URL_INFO_FILE_VER_MAJOR:
        return info_int32(1, type, out, size);
    case URL_INFO_FILE_VER_MINOR:
    case URL_INFO_FILE_VER_SUBMINOR:
        return info_int32(0, type, out, size);
    case URL_INFO_FILE_SHA1_HASH:
        return GC_ERR_NOT_AVAILABLE;
    case URL_INFO_FILE_REGISTER_ADDRESS:
        return info_uint64(XML_ADDRESS, type, out, size);
    case URL_INFO_FILE_SIZE:
        return info_uint64(description->xml_size, type, out, size);
    case URL_INFO_SCHEME:
        return info_int32(URL_SCHEME_LOCAL, type, out, size);
    case URL_INFO_FILENAME:
        return info_string(description->file_name, type, out, size);
    default:
        return info_unknown(command);
    }
}

GC_API GCGetPortURL(PORT_HANDLE hPort, char *sURL, size_t *piSize)
{
    Port port;
    if (!api_enter() || !port_find(hPort, &port)) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    char list[128] = ""; /* the only URL, and an empty one that ends the list */
    size_t size = sizeof list - 1;
    (void)url_info(port.description, URL_INFO_URL, NULL, list, &size);
    return api_leave(__func__, info_bytes(INFO_DATATYPE_STRING, list, strlen(list) + 2, NULL, sURL, piSize));
}

GC_API GCGetNumPortURLs(PORT_HANDLE hPort, uint32_t *iNumURLs)
{
    Port port;
    if (!api_enter() || !port_find(hPort, &port)) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (iNumURLs == NULL) {
        return api_leave(__func__, GC_ERR_INVALID_PARAMETER);
    }
    *iNumURLs = 1;
    return api_leave(__func__, GC_ERR_SUCCESS);
}

GC_API GCGetPortURLInfo(PORT_HANDLE hPort, uint32_t iURLIndex, URL_INFO_CMD iInfoCmd, INFO_DATATYPE *piType,
                        void *pBuffer, size_t *piSize)
{
    Port port;
    if (!api_enter() || !port_find(hPort, &port)) {
        return api_leave(__func__, GC_ERR_INVALID_HANDLE);
    }
    if (iURLIndex != 0) {
        return api_leave(__func__, GC_ERR_INVALID_INDEX);
    }
    return api_leave(__func__, url_info(port.description, iInfoCmd, piType, pBuffer, piSize));
}

static GC_ERROR port_info(const Port *port, PORT_INFO_CMD command, INFO_DATATYPE *type, void *out, size_t *size)
{
    const bool answers = !is_remote(port) || !port->device->broken;
    switch (command) {
    case PORT_INFO_ID:
        return info_string(port->id, type, out, size);
    case PORT_INFO_VENDOR:
        return info_string(VENDOR, type, out, size);
    case PORT_INFO_MODEL:
        return info_string(MODEL, type, out, size);
    case PORT_INFO_TLTYPE:
        return info_string(TL_TYPE, type, out, size);
    case PORT_INFO_MODULE:
        return info_string(port->module, type, out, size);
    case PORT_INFO_LITTLE_ENDIAN:
        return info_bool(true, type, out, size);
    case PORT_INFO_BIG_ENDIAN:
    case PORT_INFO_ACCESS_NI:
        return info_bool(false, type, out, size);
    case PORT_INFO_ACCESS_READ:
        return info_bool(answers, type, out, size);
    case PORT_INFO_ACCESS_WRITE:
        return info_bool(answers, type, out, size);
    case PORT_INFO_ACCESS_NA:
        return info_bool(!answers, type, out, size);
    case PORT_INFO_VERSION:
        return info_string(PRODUCER_VERSION, type, out, size);
    case PORT_INFO_PORTNAME:
        return info_string(port->description->port_name, type, out, size);
    default:
        return info_unknown(command);
    }
}

GC_API GCGetPortInfo(PORT_HANDLE hPort, PORT_INFO_CMD iInfoCmd, INFO_DATATYPE *piType, void *pBuffer, size_t *piSize)
{
    Port port;
    const bool valid = api_enter() && port_find(hPort, &port);
    return api_leave(__func__, valid ? port_info(&port, iInfoCmd, piType, pBuffer, piSize) : GC_ERR_INVALID_HANDLE);
}
