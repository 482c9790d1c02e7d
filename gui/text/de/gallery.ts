<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>ALL</source>
            <translation>ALLE</translation>
        </message>
        <message>
            <source>nobody has said anything</source>
            <translation>noch nicht bewertet</translation>
        </message>
        <message>
            <source>ALL REJECTS</source>
            <translation>ALLE AUSWÜRFE</translation>
        </message>
        <message>
            <source>NEWER</source>
            <translation>NEUER</translation>
        </message>
        <message>
            <source>OLDER</source>
            <translation>ÄLTER</translation>
        </message>
        <message>
            <source>why</source>
            <translation>warum</translation>
        </message>
        <message>
            <source>serial</source>
            <translation>Seriennummer</translation>
        </message>
        <message>
            <source>time</source>
            <translation>Zeit</translation>
        </message>
        <message>
            <source>record</source>
            <translation>Aufzeichnung</translation>
        </message>
        <message>
            <source>Recorded: {words}</source>
            <translation>Aufgezeichnet: {words}</translation>
        </message>
        <message>
            <source>Not recorded: {words}</source>
            <translation>Nicht aufgezeichnet: {words}</translation>
        </message>
        <message>
            <source>Rejects</source>
            <translation>Auswurf</translation>
        </message>
        <message>
            <source>{number} NEW</source>
            <translation>{number} NEU</translation>
        </message>
        <message>
            <source>no connection: {words}</source>
            <translation>keine Verbindung: {words}</translation>
        </message>
        <message>
            <source>page {page} of {pages}</source>
            <translation>Seite {page} von {pages}</translation>
        </message>
        <message>
            <source>no rejects yet</source>
            <translation>noch kein Auswurf</translation>
        </message>
        <message>
            <source>The rejects cannot be shown: {words}</source>
            <translation>Der Auswurf kann nicht gezeigt werden: {words}</translation>
        </message>
        <message>
            <source>operator</source>
            <translation>Bediener</translation>
        </message>
        <message>
            <source>team lead</source>
            <translation>Teamleitung</translation>
        </message>
        <message>
            <source>quality</source>
            <translation>Qualität</translation>
        </message>
        <message>
            <source>AGREE</source>
            <translation>STIMMT</translation>
        </message>
        <message>
            <source>NOT A DEFECT</source>
            <translation>KEIN FEHLER</translation>
        </message>
        <message>
            <source>UNSURE</source>
            <translation>UNSICHER</translation>
        </message>
        <message>
            <source>NOT REVIEWED</source>
            <translation>OHNE BEWERTUNG</translation>
        </message>
    </context>
</TS>
