<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>Models</source>
            <translation>Modelle</translation>
        </message>
        <message>
            <source>WHOLE SHA-256</source>
            <translation>GANZE SHA-256</translation>
        </message>
        <message>
            <source>TO QUALITY ...</source>
            <translation>ZUR QUALITÄT ...</translation>
        </message>
        <message>
            <source>NEXT LOT</source>
            <translation>NÄCHSTES LOS</translation>
        </message>
        <message>
            <source>MODEL</source>
            <translation>MODELL</translation>
        </message>
        <message>
            <source>RECIPE</source>
            <translation>REZEPT</translation>
        </message>
        <message>
            <source>WHAT THE PACKAGE SAYS</source>
            <translation>WAS DAS PAKET SAGT</translation>
        </message>
        <message>
            <source>Older parts are left out.</source>
            <translation>Ältere Teile sind nicht gezählt.</translation>
        </message>
        <message>
            <source>CHANGE</source>
            <translation>ÄNDERUNG</translation>
        </message>
        <message>
            <source>JUDGED</source>
            <translation>BEURTEILT</translation>
        </message>
        <message>
            <source>CHECKS</source>
            <translation>PRÜFUNGEN</translation>
        </message>
        <message>
            <source>changes</source>
            <translation>Änderungen</translation>
        </message>
        <message>
            <source>LOT {lot} IN HISTORY</source>
            <translation>LOS {lot} IM VERLAUF</translation>
        </message>
        <message>
            <source>IN FORCE</source>
            <translation>IN KRAFT</translation>
        </message>
        <message>
            <source>PARTS JUDGED</source>
            <translation>BEURTEILTE TEILE</translation>
        </message>
        <message>
            <source>{width} x {height} px</source>
            <translation>{width} x {height} px</translation>
        </message>
        <message>
            <source>{used} ms of {limit} ms (99 %)</source>
            <translation>{used} ms von {limit} ms (99 %)</translation>
        </message>
        <message>
            <source>{model} with {recipe}: {parts} parts</source>
            <translation>{model} mit {recipe}: {parts} Teile</translation>
        </message>
        <message>
            <source>{count} changes wait for approval. No shift opens until quality has signed.</source>
            <translation>{count} Änderungen warten auf Freigabe. Keine Schicht öffnet, bis die Qualität unterschrieben hat.</translation>
        </message>
        <message>
            <source>the first start of the station</source>
            <translation>der erste Start der Station</translation>
        </message>
        <message>
            <source>nobody had to</source>
            <translation>niemand musste</translation>
        </message>
        <message>
            <source>time for a part</source>
            <translation>Zeit für ein Teil</translation>
        </message>
        <message>
            <source>challenge parts</source>
            <translation>Testteile</translation>
        </message>
        <message>
            <source>FAILED: {reason}</source>
            <translation>NICHT BESTANDEN: {reason}</translation>
        </message>
        <message>
            <source>challenge, shift {shift}</source>
            <translation>Testlauf, Schicht {shift}</translation>
        </message>
        <message>
            <source>not judged: {parts} parts</source>
            <translation>nicht beurteilt: {parts} Teile</translation>
        </message>
        <message>
            <source>{lot}: {parts} parts</source>
            <translation>{lot}: {parts} Teile</translation>
        </message>
        <message>
            <source>announced</source>
            <translation>angekündigt</translation>
        </message>
        <message>
            <source>waits for quality</source>
            <translation>wartet auf die Qualität</translation>
        </message>
        <message>
            <source>name</source>
            <translation>Name</translation>
        </message>
        <message>
            <source>format</source>
            <translation>Format</translation>
        </message>
        <message>
            <source>input size</source>
            <translation>Eingangsgröße</translation>
        </message>
        <message>
            <source>classes</source>
            <translation>Klassen</translation>
        </message>
        <message>
            <source>lowest score</source>
            <translation>kleinste Bewertung</translation>
        </message>
        <message>
            <source>limits</source>
            <translation>Grenzen</translation>
        </message>
        <message>
            <source>check from {score}</source>
            <translation>prüfen ab {score}</translation>
        </message>
        <message>
            <source>{count} allowed</source>
            <translation>{count} erlaubt</translation>
        </message>
        <message>
            <source>in force since</source>
            <translation>in Kraft seit</translation>
        </message>
        <message>
            <source>approved</source>
            <translation>freigegeben</translation>
        </message>
        <message>
            <source>none are registered</source>
            <translation>keine hinterlegt</translation>
        </message>
        <message>
            <source>from</source>
            <translation>von</translation>
        </message>
        <message>
            <source>until</source>
            <translation>bis</translation>
        </message>
        <message>
            <source>verdicts</source>
            <translation>Urteile</translation>
        </message>
        <message>
            <source>shifts</source>
            <translation>Schichten</translation>
        </message>
        <message>
            <source>lots</source>
            <translation>Lose</translation>
        </message>
        <message>
            <source>WAITS</source>
            <translation>WARTET</translation>
        </message>
        <message>
            <source>another one</source>
            <translation>ein anderes</translation>
        </message>
        <message>
            <source>what</source>
            <translation>was</translation>
        </message>
        <message>
            <source>package</source>
            <translation>Paket</translation>
        </message>
        <message>
            <source>says nothing of its origin</source>
            <translation>sagt nichts über seine Herkunft</translation>
        </message>
        <message>
            <source>last challenge</source>
            <translation>letzter Testlauf</translation>
        </message>
        <message>
            <source>announced only</source>
            <translation>nur angekündigt</translation>
        </message>
        <message>
            <source>which</source>
            <translation>welche</translation>
        </message>
        <message>
            <source>before</source>
            <translation>vorher</translation>
        </message>
        <message>
            <source>after</source>
            <translation>nachher</translation>
        </message>
        <message>
            <source>the file</source>
            <translation>die Datei</translation>
        </message>
        <message>
            <source>good</source>
            <translation>gut</translation>
        </message>
        <message>
            <source>from {score}</source>
            <translation>ab {score}</translation>
        </message>
        <message>
            <source>changed over</source>
            <translation>umgerüstet</translation>
        </message>
    </context>
</TS>
