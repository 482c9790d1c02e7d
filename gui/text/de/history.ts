<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>PICTURE</source>
            <translation>BILD</translation>
        </message>
        <message>
            <source>no part is chosen</source>
            <translation>kein Teil ist gewählt</translation>
        </message>
        <message>
            <source>RECORD</source>
            <translation>AUFZEICHNUNG</translation>
        </message>
        <message>
            <source>NEXT CAMERA</source>
            <translation>NÄCHSTE KAMERA</translation>
        </message>
        <message>
            <source>WHAT THE RECORDS SAY</source>
            <translation>WAS DIE AUFZEICHNUNGEN SAGEN</translation>
        </message>
        <message>
            <source>Find a part, then touch it.</source>
            <translation>Ein Teil suchen, dann berühren.</translation>
        </message>
        <message>
            <source>no serial</source>
            <translation>ohne Nummer</translation>
        </message>
        <message>
            <source>JUDGE AGAIN</source>
            <translation>NEU URTEILEN</translation>
        </message>
        <message>
            <source>CHECK SHIFT</source>
            <translation>SCHICHT PRÜFEN</translation>
        </message>
        <message>
            <source>EXPORT PROOF</source>
            <translation>BELEG AUSGEBEN</translation>
        </message>
        <message>
            <source>EXPORT SHIFT</source>
            <translation>SCHICHT AUSGEBEN</translation>
        </message>
        <message>
            <source>STOP</source>
            <translation>STOPP</translation>
        </message>
        <message>
            <source>Record, as it was hashed: page {page} of {pages}</source>
            <translation>Aufzeichnung, wie sie gehasht wurde: Seite {page} von {pages}</translation>
        </message>
        <message>
            <source>History</source>
            <translation>Verlauf</translation>
        </message>
        <message>
            <source>looking ...</source>
            <translation>sucht ...</translation>
        </message>
        <message>
            <source>page {number}</source>
            <translation>Seite {number}</translation>
        </message>
        <message>
            <source>Asking the station ...</source>
            <translation>Die Station wird gefragt ...</translation>
        </message>
        <message>
            <source>nothing found</source>
            <translation>nichts gefunden</translation>
        </message>
        <message>
            <source>Serial (scan or type)</source>
            <translation>Seriennummer</translation>
        </message>
        <message>
            <source>Defect</source>
            <translation>Fehlerart</translation>
        </message>
        <message>
            <source>FIND</source>
            <translation>SUCHEN</translation>
        </message>
        <message>
            <source>CLEAR</source>
            <translation>LEEREN</translation>
        </message>
        <message>
            <source>FAIL ONLY</source>
            <translation>NUR FEHLER</translation>
        </message>
        <message>
            <source>TODAY</source>
            <translation>HEUTE</translation>
        </message>
        <message>
            <source>7 DAYS</source>
            <translation>7 TAGE</translation>
        </message>
        <message>
            <source>stored</source>
            <translation>gespeichert</translation>
        </message>
        <message>
            <source>lost</source>
            <translation>verloren</translation>
        </message>
        <message>
            <source>erased by its retention rule</source>
            <translation>nach Aufbewahrungsregel gelöscht</translation>
        </message>
        <message>
            <source>no record says yet</source>
            <translation>noch keine Aufzeichnung</translation>
        </message>
        <message>
            <source>good lane</source>
            <translation>Gutbahn</translation>
        </message>
        <message>
            <source>reject lane</source>
            <translation>Auswurf</translation>
        </message>
        <message>
            <source>not seen in a lane</source>
            <translation>in keiner Bahn gesehen</translation>
        </message>
        <message>
            <source>accepted</source>
            <translation>durchgelassen</translation>
        </message>
        <message>
            <source>Judging again</source>
            <translation>Neues Urteil</translation>
        </message>
        <message>
            <source>Checking</source>
            <translation>Prüfung</translation>
        </message>
        <message>
            <source>Exporting</source>
            <translation>Ausgabe</translation>
        </message>
        <message>
            <source>Exported to the folder exports of the station: {name}, {size}</source>
            <translation>Ausgegeben in den Ordner exports der Station: {name}, {size}</translation>
        </message>
        <message>
            <source>signed, in the ledger</source>
            <translation>unterschrieben, im Register</translation>
        </message>
        <message>
            <source>picture</source>
            <translation>Bild</translation>
        </message>
        <message>
            <source>picture {camera}</source>
            <translation>Bild {camera}</translation>
        </message>
        <message>
            <source>passed</source>
            <translation>bestanden</translation>
        </message>
        <message>
            <source>Judged again from its picture: the same, {verdict}.</source>
            <translation>Neu beurteilt aus dem Bild: dasselbe, {verdict}.</translation>
        </message>
        <message>
            <source>Cannot be judged again: {reason}</source>
            <translation>Kann nicht neu beurteilt werden: {reason}</translation>
        </message>
        <message>
            <source>COULD NOT CHECK everything: {first}</source>
            <translation>NICHT ALLES PRÜFBAR: {first}</translation>
        </message>
        <message>
            <source>lot, shift</source>
            <translation>Los, Schicht</translation>
        </message>
        <message>
            <source>reason</source>
            <translation>Grund</translation>
        </message>
        <message>
            <source>where it went</source>
            <translation>wohin es ging</translation>
        </message>
        <message>
            <source>challenge before</source>
            <translation>Testteile davor</translation>
        </message>
        <message>
            <source>challenge after</source>
            <translation>Testteile danach</translation>
        </message>
        <message>
            <source>not yet: the shift is open</source>
            <translation>noch nicht: die Schicht ist offen</translation>
        </message>
        <message>
            <source>not signed yet: the key is locked</source>
            <translation>noch nicht unterschrieben: Schlüssel gesperrt</translation>
        </message>
        <message>
            <source>signed, not in the ledger yet</source>
            <translation>unterschrieben, noch nicht im Register</translation>
        </message>
        <message>
            <source>recorded as stored, but not there: check the shift</source>
            <translation>laut Aufzeichnung gespeichert, aber nicht da: Schicht prüfen</translation>
        </message>
        <message>
            <source>Stopped.</source>
            <translation>Gestoppt.</translation>
        </message>
        <message>
            <source>It could not be done: {message}</source>
            <translation>Es ging nicht: {message}</translation>
        </message>
        <message>
            <source>JUDGED DIFFERENTLY: {reason}</source>
            <translation>ANDERS BEURTEILT: {reason}</translation>
        </message>
        <message>
            <source>VERIFIED: {records} records fit together.</source>
            <translation>GEPRÜFT: {records} Aufzeichnungen passen zusammen.</translation>
        </message>
        <message>
            <source>TAMPERED: {first}</source>
            <translation>VERÄNDERT: {first}</translation>
        </message>
        <message>
            <source>legal hold</source>
            <translation>Sperrvermerk</translation>
        </message>
        <message>
            <source>open; a signed head is in the ledger</source>
            <translation>offen; ein unterschriebener Stand ist im Register</translation>
        </message>
        <message>
            <source>there was none</source>
            <translation>es gab keine</translation>
        </message>
        <message>
            <source>this is no day: {day}</source>
            <translation>das ist kein Tag: {day}</translation>
        </message>
        <message>
            <source>Write it like 2026-11-21</source>
            <translation>Zum Beispiel 21.11.2026</translation>
        </message>
        <message>
            <source>Day</source>
            <translation>Tag</translation>
        </message>
        <message>
            <source>last review</source>
            <translation>letzte Rückmeldung</translation>
        </message>
    </context>
</TS>
