<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>Password or PIN</source>
            <translation>Passwort oder PIN</translation>
        </message>
        <message>
            <source>rejected</source>
            <translation>ausgeworfen</translation>
        </message>
        <message>
            <source>CHECK</source>
            <translation>PRÜFEN</translation>
        </message>
        <message>
            <source>no decision - rejected</source>
            <translation>keine Entscheidung - ausgeworfen</translation>
        </message>
        <message>
            <source>TOO LATE</source>
            <translation>ZU SPÄT</translation>
        </message>
        <message>
            <source>verdict came too late - rejected</source>
            <translation>Urteil kam zu spät - ausgeworfen</translation>
        </message>
        <message>
            <source>ERROR</source>
            <translation>STÖRUNG</translation>
        </message>
        <message>
            <source>could not be judged - rejected</source>
            <translation>nicht beurteilbar - ausgeworfen</translation>
        </message>
        <message>
            <source>BYPASSED</source>
            <translation>UNGEPRÜFT</translation>
        </message>
        <message>
            <source>not inspected - let through</source>
            <translation>nicht geprüft - durchgelassen</translation>
        </message>
        <message>
            <source>NO IMAGE</source>
            <translation>KEIN BILD</translation>
        </message>
        <message>
            <source>camera gave no picture - rejected</source>
            <translation>Kamera gab kein Bild - ausgeworfen</translation>
        </message>
        <message>
            <source>UNTRACKED</source>
            <translation>VERLOREN</translation>
        </message>
        <message>
            <source>picture and part do not match - rejected</source>
            <translation>Bild und Teil passen nicht zusammen - ausgeworfen</translation>
        </message>
    </context>
</TS>
