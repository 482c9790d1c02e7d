<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>maintenance</source>
            <translation>Instandhaltung</translation>
        </message>
        <message>
            <source>admin</source>
            <translation>Verwaltung</translation>
        </message>
        <message>
            <source>auditor</source>
            <translation>Auditor</translation>
        </message>
        <message>
            <source>EARLIER</source>
            <translation>FRÜHER</translation>
        </message>
        <message>
            <source>LATER</source>
            <translation>SPÄTER</translation>
        </message>
        <message>
            <source>DISABLED</source>
            <translation>GESPERRT</translation>
        </message>
        <message>
            <source>{count} wrong log-ins</source>
            <translation>{count} falsche Anmeldungen</translation>
        </message>
        <message>
            <source>badge</source>
            <translation>Ausweis</translation>
        </message>
        <message>
            <source>Users</source>
            <translation>Benutzer</translation>
        </message>
        <message>
            <source>Name, for signatures</source>
            <translation>Name, für Unterschriften</translation>
        </message>
        <message>
            <source>New password</source>
            <translation>Neues Passwort</translation>
        </message>
        <message>
            <source>Badge: read it now</source>
            <translation>Ausweis: jetzt einlesen</translation>
        </message>
        <message>
            <source>New PIN</source>
            <translation>Neue PIN</translation>
        </message>
        <message>
            <source>NEW USER</source>
            <translation>NEUER BENUTZER</translation>
        </message>
        <message>
            <source>ADD</source>
            <translation>HINZUFÜGEN</translation>
        </message>
        <message>
            <source>SET ROLE</source>
            <translation>ROLLE SETZEN</translation>
        </message>
        <message>
            <source>SET PASSWORD</source>
            <translation>PASSWORT SETZEN</translation>
        </message>
        <message>
            <source>SET BADGE</source>
            <translation>AUSWEIS SETZEN</translation>
        </message>
        <message>
            <source>ERASE NAME</source>
            <translation>NAMEN LÖSCHEN</translation>
        </message>
        <message>
            <source>Log in as admin, quality or auditor to see the users.</source>
            <translation>Als Verwaltung, Qualität oder Auditor anmelden, um die Benutzer zu sehen.</translation>
        </message>
        <message>
            <source>Recorded: {user} is changed.</source>
            <translation>Aufgezeichnet: {user} ist geändert.</translation>
        </message>
        <message>
            <source>New user</source>
            <translation>Neuer Benutzer</translation>
        </message>
        <message>
            <source>TAKE BADGE AWAY</source>
            <translation>AUSWEIS ENTZIEHEN</translation>
        </message>
        <message>
            <source>ERASE FOR EVER?</source>
            <translation>FÜR IMMER LÖSCHEN?</translation>
        </message>
        <message>
            <source>ENABLE</source>
            <translation>FREIGEBEN</translation>
        </message>
        <message>
            <source>DISABLE</source>
            <translation>SPERREN</translation>
        </message>
        <message>
            <source>This station has no users yet: the first one is an admin. Add yourself.</source>
            <translation>Diese Station hat noch keine Benutzer: der erste ist Verwaltung. Tragen Sie sich ein.</translation>
        </message>
    </context>
</TS>
