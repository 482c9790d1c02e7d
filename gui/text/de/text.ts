<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>{number} h ago</source>
            <translation>vor {number} h</translation>
        </message>
        <message>
            <source>now</source>
            <translation>jetzt</translation>
        </message>
        <message>
            <source>{number} s ago</source>
            <translation>vor {number} s</translation>
        </message>
        <message>
            <source>{number} min ago</source>
            <translation>vor {number} min</translation>
        </message>
    </context>
</TS>
