/* SPDX-License-Identifier: Apache-2.0 */
/* The generated register tables and description files of the ports. */
#ifndef SIMULATOR_DESCRIPTION_H
#define SIMULATOR_DESCRIPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "generated.h"

enum { TEXT_LENGTH = 64, PATH_LENGTH = 1024 };

typedef enum { REGISTER_INTEGER, REGISTER_FLOAT, REGISTER_CHOICE, REGISTER_COMMAND, REGISTER_TEXT } RegisterKind;

typedef struct {
    const char *name;
    uint64_t address;
    size_t length;
    RegisterKind kind;
    int writable;
    int locked;
    double initial, low, high;
    int64_t step;
    const int64_t *choices;
    size_t choice_count;
    const char *text;
} RegisterInfo;

typedef union {
    int64_t integer;
    double real;
    char text[PATH_LENGTH];
} RegisterValue;

/* One port's registers and XML file. */
typedef struct {
    const char *port_name;
    const char *file_name;
    const RegisterInfo *registers;
    int register_count;
    const unsigned char *xml;
    size_t xml_size;
} Description;

extern const Description description_device, description_system, description_interface, description_local_device,
    description_stream;

/* Index of the register that holds all bytes of the range, -1 if there is none. */
int description_find(const Description *description, uint64_t address, size_t size);
/* Whether the range is part of the XML file. */
bool description_in_xml(const Description *description, uint64_t address, size_t size);

#endif
