<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>Trends</source>
            <translation>Trends</translation>
        </message>
        <message>
            <source>YIELD {share} % of {parts} parts</source>
            <translation>AUSBEUTE {share} % von {parts} Teilen</translation>
        </message>
        <message>
            <source>REJECTS in %, points that ask for attention: {odd} (p', sigma Z {sigma})</source>
            <translation>AUSWURF in %, auffällige Punkte: {odd} (p', Sigma Z {sigma})</translation>
        </message>
        <message>
            <source>PLACES: {what}, camera {camera}, {number} findings</source>
            <translation>ORTE: {what}, Kamera {camera}, {number} Befunde</translation>
        </message>
        <message>
            <source>YIELD: no part was inspected</source>
            <translation>AUSBEUTE: kein Teil wurde geprüft</translation>
        </message>
        <message>
            <source>REJECTS in %</source>
            <translation>AUSWURF in %</translation>
        </message>
        <message>
            <source>REJECTS in %: no limits, they need {enough} points of {parts} parts</source>
            <translation>AUSWURF in %: keine Grenzen, dafür braucht es {enough} Punkte mit {parts} Teilen</translation>
        </message>
        <message>
            <source>24 HOURS</source>
            <translation>24 STUNDEN</translation>
        </message>
        <message>
            <source>THIS LOT</source>
            <translation>DIESES LOS</translation>
        </message>
        <message>
            <source>BY HOUR</source>
            <translation>JE STUNDE</translation>
        </message>
        <message>
            <source>BY SHIFT</source>
            <translation>JE SCHICHT</translation>
        </message>
        <message>
            <source>NEXT DEFECT</source>
            <translation>FEHLERART</translation>
        </message>
        <message>
            <source>counting ...</source>
            <translation>zählt ...</translation>
        </message>
        <message>
            <source>DEFECTS on rejected parts</source>
            <translation>FEHLER an Ausgeworfenen</translation>
        </message>
        <message>
            <source>all defects</source>
            <translation>alle Fehler</translation>
        </message>
        <message>
            <source>Older parts were left out: too many for one look.</source>
            <translation>Ältere Teile fehlen hier: zu viele auf einmal.</translation>
        </message>
        <message>
            <source>PLACES: {what}</source>
            <translation>ORTE: {what}</translation>
        </message>
        <message>
            <source>no finding on a reject</source>
            <translation>kein Befund am Auswurf</translation>
        </message>
    </context>
</TS>
