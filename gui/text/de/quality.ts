<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>recipe</source>
            <translation>Rezept</translation>
        </message>
        <message>
            <source>threshold</source>
            <translation>Schwelle</translation>
        </message>
        <message>
            <source>model</source>
            <translation>Modell</translation>
        </message>
        <message>
            <source>setting</source>
            <translation>Einstellung</translation>
        </message>
        <message>
            <source>program</source>
            <translation>Programm</translation>
        </message>
        <message>
            <source>WHAT I APPROVE ...</source>
            <translation>WAS ICH FREIGEBE ...</translation>
        </message>
        <message>
            <source>Why, for the record</source>
            <translation>Warum, für die Aufzeichnung</translation>
        </message>
        <message>
            <source>ANNOUNCE</source>
            <translation>ANKÜNDIGEN</translation>
        </message>
        <message>
            <source>CHANGES</source>
            <translation>ÄNDERUNGEN</translation>
        </message>
        <message>
            <source>Before you change something: what, and why? The next start names you with it.</source>
            <translation>Vor einer Änderung: was und warum? Der nächste Start nennt Sie damit.</translation>
        </message>
        <message>
            <source>No change waits for approval.</source>
            <translation>Keine Änderung wartet auf Freigabe.</translation>
        </message>
        <message>
            <source>You sign this, word for word:</source>
            <translation>Sie unterschreiben dies, Wort für Wort:</translation>
        </message>
        <message>
            <source>{count} changes are approved, and recorded.</source>
            <translation>{count} Änderungen sind freigegeben und aufgezeichnet.</translation>
        </message>
        <message>
            <source>Recorded. Make the change now; the next start names you with it.</source>
            <translation>Aufgezeichnet. Jetzt ändern; der nächste Start nennt Sie damit.</translation>
        </message>
        <message>
            <source>Refused: {words}</source>
            <translation>Abgelehnt: {words}</translation>
        </message>
        <message>
            <source>Name, for example the number of the complaint</source>
            <translation>Name, zum Beispiel Nummer der Reklamation</translation>
        </message>
        <message>
            <source>Serial</source>
            <translation>Seriennummer</translation>
        </message>
        <message>
            <source>BEGIN HOLD</source>
            <translation>SPERREN</translation>
        </message>
        <message>
            <source>END HOLD</source>
            <translation>SPERRE AUFHEBEN</translation>
        </message>
        <message>
            <source>lot</source>
            <translation>Los</translation>
        </message>
        <message>
            <source>defect</source>
            <translation>Fehlerart</translation>
        </message>
        <message>
            <source>a time</source>
            <translation>eine Zeit</translation>
        </message>
        <message>
            <source>LEGAL HOLDS: {count} in force</source>
            <translation>SPERRVERMERKE: {count} in Kraft</translation>
        </message>
        <message>
            <source>LEGAL HOLDS: none</source>
            <translation>SPERRVERMERKE: keine</translation>
        </message>
        <message>
            <source>Recorded.</source>
            <translation>Aufgezeichnet.</translation>
        </message>
        <message>
            <source>Quality</source>
            <translation>Qualität</translation>
        </message>
        <message>
            <source>Parts are judged by model {model} and recipe {recipe}.</source>
            <translation>Teile werden nach Modell {model} und Rezept {recipe} beurteilt.</translation>
        </message>
    </context>
</TS>
