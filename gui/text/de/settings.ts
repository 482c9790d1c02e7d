<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>New value</source>
            <translation>Neuer Wert</translation>
        </message>
        <message>
            <source>Settings</source>
            <translation>Parameter</translation>
        </message>
        <message>
            <source>Search: name or meaning</source>
            <translation>Suche: Name oder Bedeutung</translation>
        </message>
        <message>
            <source>NOT DEFAULT</source>
            <translation>ABWEICHEND</translation>
        </message>
        <message>
            <source>WAITING</source>
            <translation>WARTEND</translation>
        </message>
        <message>
            <source>SETTING</source>
            <translation>EINSTELLUNG</translation>
        </message>
        <message>
            <source>nothing fits</source>
            <translation>nichts passt</translation>
        </message>
        <message>
            <source>not shown</source>
            <translation>nicht gezeigt</translation>
        </message>
        <message>
            <source>{count} changes wait for a restart of the station. No shift opens before.</source>
            <translation>{count} Änderungen warten auf einen Neustart der Station. Vorher öffnet keine Schicht.</translation>
        </message>
        <message>
            <source>top</source>
            <translation>oben</translation>
        </message>
        <message>
            <source>none: it has to be given</source>
            <translation>keiner: muss angegeben sein</translation>
        </message>
        <message>
            <source>It is changed in station.toml, on the station's computer.</source>
            <translation>Wird in station.toml geändert, am Rechner der Station.</translation>
        </message>
        <message>
            <source>Settings are changed by an admin: this station has no users yet.</source>
            <translation>Einstellungen ändert die Verwaltung: diese Station hat noch keine Benutzer.</translation>
        </message>
        <message>
            <source>An admin changes it: log in.</source>
            <translation>Die Verwaltung ändert es: anmelden.</translation>
        </message>
        <message>
            <source>It is changed between two shifts.</source>
            <translation>Wird zwischen zwei Schichten geändert.</translation>
        </message>
        <message>
            <source>The file of the settings cannot be read: {words}</source>
            <translation>Die Datei der Einstellungen ist nicht lesbar: {words}</translation>
        </message>
        <message>
            <source>on</source>
            <translation>an</translation>
        </message>
        <message>
            <source>off</source>
            <translation>aus</translation>
        </message>
        <message>
            <source>in force</source>
            <translation>in Kraft</translation>
        </message>
        <message>
            <source>default</source>
            <translation>Vorgabe</translation>
        </message>
        <message>
            <source>since</source>
            <translation>seit</translation>
        </message>
        <message>
            <source>from the next start on</source>
            <translation>ab dem nächsten Start</translation>
        </message>
        <message>
            <source>allowed</source>
            <translation>erlaubt</translation>
        </message>
        <message>
            <source>the first start, {time}</source>
            <translation>dem ersten Start, {time}</translation>
        </message>
        <message>
            <source>Recorded: {name} from {old} to {new}. It holds from the next start on; then quality approves it.</source>
            <translation>Aufgezeichnet: {name} von {old} auf {new}. Es gilt ab dem nächsten Start; dann gibt die Qualität es frei.</translation>
        </message>
    </context>
</TS>
