/* SPDX-License-Identifier: Apache-2.0 */
#include "description.h"

#include "generated_tables.h"

const Description description_device = {"Device", "simcam.xml", reg_table, REG_COUNT, reg_xml, sizeof reg_xml};
const Description description_system = {"TLPort", "system.xml", tl_table, TL_COUNT, tl_xml, sizeof tl_xml};
const Description description_interface = {"InterfacePort", "interface.xml", interface_table, INTERFACE_COUNT,
                                           interface_xml,   sizeof interface_xml};
const Description description_local_device = {"DevicePort", "device.xml", device_table, DEVICE_COUNT,
                                              device_xml,   sizeof device_xml};
const Description description_stream = {"StreamPort", "stream.xml", stream_table, STREAM_COUNT,
                                        stream_xml,   sizeof stream_xml};

int description_find(const Description *description, uint64_t address, size_t size)
{
    for (int i = 0; i < description->register_count; i++) {
        const RegisterInfo *info = &description->registers[i];
        if (address >= info->address && size <= info->length && address - info->address <= info->length - size) {
            return i;
        }
    }
    return -1;
}

bool description_in_xml(const Description *description, uint64_t address, size_t size)
{
    return address >= XML_ADDRESS && size <= description->xml_size &&
           address - XML_ADDRESS <= description->xml_size - size;
}
