<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>STARTING</source>
            <translation>STARTET</translation>
        </message>
        <message>
            <source>{reason} (and {more} more)</source>
            <translation>{reason} (und {more} mehr)</translation>
        </message>
        <message>
            <source>connecting to the station</source>
            <translation>Verbindung zur Station entsteht</translation>
        </message>
        <message>
            <source>and {more} more</source>
            <translation>und {more} mehr</translation>
        </message>
        <message>
            <source>WARNING: {reason}</source>
            <translation>WARNUNG: {reason}</translation>
        </message>
        <message>
            <source>{passing}, {parts} more parts - by {by}: {reason}</source>
            <translation>{passing}, noch {parts} Teile - durch {by}: {reason}</translation>
        </message>
        <message>
            <source>{number} of {total} waiting</source>
            <translation>{number} von {total} warten</translation>
        </message>
        <message>
            <source>Refused: {command}: {reason}</source>
            <translation>Abgelehnt: {command}: {reason}</translation>
        </message>
        <message>
            <source>Shift {shift}: {parts} parts, {rejected} not passed. {count}. {complete}. {sealed}.</source>
            <translation>Schicht {shift}: {parts} Teile, {rejected} nicht gut. {count}. {complete}. {sealed}.</translation>
        </message>
        <message>
            <source>NO CONNECTION</source>
            <translation>KEINE VERBINDUNG</translation>
        </message>
        <message>
            <source>lot {lot}, every part is inspected</source>
            <translation>Los {lot}, jedes Teil wird geprüft</translation>
        </message>
        <message>
            <source>every part passes</source>
            <translation>jedes Teil geht durch</translation>
        </message>
        <message>
            <source>parts without a verdict pass</source>
            <translation>Teile ohne Urteil gehen durch</translation>
        </message>
        <message>
            <source>RUNNING</source>
            <translation>LÄUFT</translation>
        </message>
        <message>
            <source>{number} of {total} anchored</source>
            <translation>{number} von {total} verankert</translation>
        </message>
        <message>
            <source>oldest for {minutes} min</source>
            <translation>ältestes seit {minutes} min</translation>
        </message>
        <message>
            <source>No answer to {command}: {reason}. Whether it was done shows above in a moment.</source>
            <translation>Keine Antwort auf: {command}: {reason}. Ob es geschehen ist, steht gleich oben.</translation>
        </message>
        <message>
            <source>The plant's count is not known</source>
            <translation>Die Zählung der Anlage ist nicht bekannt</translation>
        </message>
        <message>
            <source>Complete by {counters}</source>
            <translation>Vollständig nach {counters}</translation>
        </message>
        <message>
            <source>COMPLETENESS NOT INDEPENDENTLY ESTABLISHED</source>
            <translation>VOLLSTÄNDIGKEIT NICHT UNABHÄNGIG BELEGT</translation>
        </message>
        <message>
            <source>infeed</source>
            <translation>Einlauf</translation>
        </message>
        <message>
            <source>lanes</source>
            <translation>Bahnen</translation>
        </message>
        <message>
            <source>lane sensors</source>
            <translation>Bahnsensoren</translation>
        </message>
        <message>
            <source>plant</source>
            <translation>Anlage</translation>
        </message>
        <message>
            <source>camera</source>
            <translation>Kamera</translation>
        </message>
        <message>
            <source>sealed</source>
            <translation>versiegelt</translation>
        </message>
        <message>
            <source>not sealed yet: the signing key is locked</source>
            <translation>noch nicht versiegelt: der Signaturschlüssel ist gesperrt</translation>
        </message>
        <message>
            <source>{reason} - this screen tries again by itself</source>
            <translation>{reason} - der Bildschirm versucht es von selbst wieder</translation>
        </message>
        <message>
            <source>The line rejects whatever is not judged in time.</source>
            <translation>Die Linie wirft aus, was nicht rechtzeitig beurteilt ist.</translation>
        </message>
        <message>
            <source>BYPASS {minutes} MIN</source>
            <translation>BYPASS {minutes} MIN</translation>
        </message>
        <message>
            <source>FAULT</source>
            <translation>STÖRUNG</translation>
        </message>
        <message>
            <source>LINE STOPPED</source>
            <translation>LINIE GESTOPPT</translation>
        </message>
        <message>
            <source>CLOSING THE SHIFT</source>
            <translation>SCHICHT WIRD ABGESCHLOSSEN</translation>
        </message>
        <message>
            <source>NO SHIFT</source>
            <translation>KEINE SCHICHT</translation>
        </message>
        <message>
            <source>key locked</source>
            <translation>Schlüssel gesperrt</translation>
        </message>
        <message>
            <source>no seal yet</source>
            <translation>noch kein Siegel</translation>
        </message>
        <message>
            <source>The plant counted the same</source>
            <translation>Die Anlage hat gleich gezählt</translation>
        </message>
        <message>
            <source>THE PLANT COUNTED {number} MORE</source>
            <translation>DIE ANLAGE HAT {number} MEHR GEZÄHLT</translation>
        </message>
        <message>
            <source>the line is not ready - check the PLC</source>
            <translation>die Linie ist nicht bereit - SPS prüfen</translation>
        </message>
        <message>
            <source>CHALLENGE</source>
            <translation>TESTTEILE</translation>
        </message>
        <message>
            <source>CHALLENGE DUE</source>
            <translation>TESTTEILE FÄLLIG</translation>
        </message>
        <message>
            <source>THE PLANT COUNTED {number} FEWER</source>
            <translation>DIE ANLAGE HAT {number} WENIGER GEZÄHLT</translation>
        </message>
        <message>
            <source>open a shift to begin</source>
            <translation>zum Beginn eine Schicht öffnen</translation>
        </message>
        <message>
            <source>the station gives no reason - call maintenance</source>
            <translation>die Station nennt keinen Grund - Instandhaltung rufen</translation>
        </message>
        <message>
            <source>made at shift end</source>
            <translation>kommt am Schichtende</translation>
        </message>
        <message>
            <source>no seal waits</source>
            <translation>kein Siegel wartet</translation>
        </message>
        <message>
            <source>unlock the key</source>
            <translation>Schlüssel entsperren</translation>
        </message>
        <message>
            <source>ABC</source>
            <translation>ABC</translation>
        </message>
        <message>
            <source>#+=</source>
            <translation>#+=</translation>
        </message>
        <message>
            <source>SPACE</source>
            <translation>LEER</translation>
        </message>
        <message>
            <source>DELETE</source>
            <translation>LÖSCHEN</translation>
        </message>
        <message>
            <source>ENTER</source>
            <translation>FERTIG</translation>
        </message>
        <message>
            <source>HIDE</source>
            <translation>WEG</translation>
        </message>
        <message>
            <source>abc</source>
            <translation>abc</translation>
        </message>
        <message>
            <source>Type your staff number once: it goes with everything you do until you log out.</source>
            <translation>Personalnummer einmal tippen: sie gilt für alles, bis Sie sich abmelden.</translation>
        </message>
        <message>
            <source>LOG IN</source>
            <translation>ANMELDEN</translation>
        </message>
        <message>
            <source>LOG OUT</source>
            <translation>ABMELDEN</translation>
        </message>
        <message>
            <source>{who} is logged in. Controls lock by themselves when nobody touches them.</source>
            <translation>{who} ist angemeldet. Die Bedienung sperrt sich, wenn niemand sie berührt.</translation>
        </message>
        <message>
            <source>Not logged in: {reason}</source>
            <translation>Nicht angemeldet: {reason}</translation>
        </message>
        <message>
            <source>Logging in ...</source>
            <translation>Anmeldung läuft ...</translation>
        </message>
        <message>
            <source>Locked: nobody was here, or the session has ended. The display goes on.</source>
            <translation>Gesperrt: niemand war da, oder die Sitzung ist zu Ende. Die Anzeige läuft weiter.</translation>
        </message>
        <message>
            <source>Read your badge or type your staff number, then PIN or password.</source>
            <translation>Ausweis einlesen oder Personalnummer tippen, dann PIN oder Passwort.</translation>
        </message>
        <message>
            <source>Log in</source>
            <translation>Anmelden</translation>
        </message>
        <message>
            <source>MANUAL</source>
            <translation>HANDBETRIEB</translation>
        </message>
        <message>
            <source>outputs are forced by {by} - end it on the Service screen</source>
            <translation>Ausgänge werden von {by} gesetzt - auf dem Bild Service beenden</translation>
        </message>
        <message>
            <source>More</source>
            <translation>Weitere</translation>
        </message>
    </context>
</TS>
