<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>OTHER</source>
            <translation>ANDERE</translation>
        </message>
        <message>
            <source>PARTS</source>
            <translation>TEILE</translation>
        </message>
        <message>
            <source>PASS</source>
            <translation>GUT</translation>
        </message>
        <message>
            <source>FAIL</source>
            <translation>FEHLER</translation>
        </message>
        <message>
            <source>last known</source>
            <translation>letzter bekannter Stand</translation>
        </message>
        <message>
            <source>TIME LEFT</source>
            <translation>ZEITRESERVE</translation>
        </message>
        <message>
            <source>CAMERA</source>
            <translation>KAMERA</translation>
        </message>
        <message>
            <source>DISK</source>
            <translation>PLATTE</translation>
        </message>
        <message>
            <source>records and images</source>
            <translation>Aufzeichnungen, Bilder</translation>
        </message>
        <message>
            <source>LEDGER</source>
            <translation>REGISTER</translation>
        </message>
        <message>
            <source>VERDICT TIME</source>
            <translation>URTEILSZEIT</translation>
        </message>
        <message>
            <source>no part yet</source>
            <translation>noch kein Teil</translation>
        </message>
        <message>
            <source>none</source>
            <translation>keine</translation>
        </message>
        <message>
            <source>SIMULATED</source>
            <translation>SIMULIERT</translation>
        </message>
        <message>
            <source>LOT</source>
            <translation>LOS</translation>
        </message>
        <message>
            <source>no shift is open</source>
            <translation>keine Schicht ist offen</translation>
        </message>
        <message>
            <source>no picture yet</source>
            <translation>noch kein Bild</translation>
        </message>
        <message>
            <source>LIVE</source>
            <translation>LIVE</translation>
        </message>
        <message>
            <source>ready</source>
            <translation>bereit</translation>
        </message>
        <message>
            <source>NOT READY</source>
            <translation>NICHT BEREIT</translation>
        </message>
        <message>
            <source>no picture</source>
            <translation>kein Bild</translation>
        </message>
        <message>
            <source>Run</source>
            <translation>Lauf</translation>
        </message>
        <message>
            <source>LAST REJECT</source>
            <translation>LETZTER AUSWURF</translation>
        </message>
        <message>
            <source>none in this shift</source>
            <translation>keiner in dieser Schicht</translation>
        </message>
        <message>
            <source>no live picture</source>
            <translation>kein Live-Bild</translation>
        </message>
        <message>
            <source>no connection</source>
            <translation>keine Verbindung</translation>
        </message>
        <message>
            <source>Opening a shift for lot {lot} ...</source>
            <translation>Schicht für Los {lot} wird geöffnet ...</translation>
        </message>
        <message>
            <source>Closing: parts on the belt are finished, images stored, the seal is made ...</source>
            <translation>Abschluss: Teile auf dem Band werden fertig, Bilder gespeichert, das Siegel entsteht ...</translation>
        </message>
        <message>
            <source>Signing, and making the seal ...</source>
            <translation>Unterschrift und Siegel entstehen ...</translation>
        </message>
        <message>
            <source>Not signed ...</source>
            <translation>Nicht unterschrieben ...</translation>
        </message>
        <message>
            <source>Resetting the stop ...</source>
            <translation>Stopp wird zurückgesetzt ...</translation>
        </message>
        <message>
            <source>Starting the challenge ...</source>
            <translation>Prüfung mit Testteilen beginnt ...</translation>
        </message>
        <message>
            <source>waiting for a part</source>
            <translation>wartet auf ein Teil</translation>
        </message>
        <message>
            <source>picture follows</source>
            <translation>Bild folgt</translation>
        </message>
        <message>
            <source>there is no picture of this part</source>
            <translation>von diesem Teil gibt es kein Bild</translation>
        </message>
        <message>
            <source>Shift {shift} is open.</source>
            <translation>Schicht {shift} ist offen.</translation>
        </message>
        <message>
            <source>Not signed: the shift goes on.</source>
            <translation>Nicht unterschrieben: die Schicht geht weiter.</translation>
        </message>
        <message>
            <source>The stop is reset and recorded.</source>
            <translation>Der Stopp ist zurückgesetzt und aufgezeichnet.</translation>
        </message>
        <message>
            <source>The challenge runs. {next}</source>
            <translation>Die Prüfung läuft. {next}</translation>
        </message>
        <message>
            <source>going on with the shift</source>
            <translation>Schicht fortsetzen</translation>
        </message>
        <message>
            <source>opening the shift</source>
            <translation>Schicht öffnen</translation>
        </message>
        <message>
            <source>resetting the stop</source>
            <translation>Stopp zurücksetzen</translation>
        </message>
        <message>
            <source>starting the challenge</source>
            <translation>Prüfung mit Testteilen beginnen</translation>
        </message>
        <message>
            <source>closing the shift</source>
            <translation>Schicht abschließen</translation>
        </message>
        <message>
            <source>part {number}</source>
            <translation>Teil {number}</translation>
        </message>
        <message>
            <source>REJECTS IN 60 MIN</source>
            <translation>AUSWURF IN 60 MIN</translation>
        </message>
        <message>
            <source>{shifts} shifts; this one: {number}</source>
            <translation>{shifts} Schichten; diese: {number}</translation>
        </message>
        <message>
            <source>REJECTS IN A ROW</source>
            <translation>AUSWURF IN FOLGE</translation>
        </message>
        <message>
            <source>{count} of {limit}</source>
            <translation>{count} von {limit}</translation>
        </message>
        <message>
            <source>normal: {low} to {high}</source>
            <translation>normal: {low} bis {high}</translation>
        </message>
        <message>
            <source>shift: {number}</source>
            <translation>Schicht: {number}</translation>
        </message>
        <message>
            <source>good lane, shift: {number}</source>
            <translation>Gutbahn, Schicht: {number}</translation>
        </message>
        <message>
            <source>reject lane, shift: {number}</source>
            <translation>Auswurf, Schicht: {number}</translation>
        </message>
        <message>
            <source>the history is being read</source>
            <translation>Vorgeschichte wird gelesen</translation>
        </message>
        <message>
            <source>no band yet: {hours} of {needed} hours</source>
            <translation>noch kein Band: {hours} von {needed} h</translation>
        </message>
        <message>
            <source>too few parts for a band</source>
            <translation>zu wenige Teile für ein Band</translation>
        </message>
        <message>
            <source>no band: it was always the same</source>
            <translation>kein Band: es war immer gleich</translation>
        </message>
        <message>
            <source>rejected for another reason</source>
            <translation>anderer Grund</translation>
        </message>
        <message>
            <source>normal</source>
            <translation>normal</translation>
        </message>
        <message>
            <source>ABOVE NORMAL</source>
            <translation>ÜBER NORMAL</translation>
        </message>
        <message>
            <source>BELOW NORMAL</source>
            <translation>UNTER NORMAL</translation>
        </message>
        <message>
            <source>60 MIN</source>
            <translation>60 MIN</translation>
        </message>
        <message>
            <source>shift {number} since {time}</source>
            <translation>Schicht {number} seit {time}</translation>
        </message>
        <message>
            <source>worst {ms} of {limit} ms</source>
            <translation>längste {ms} von {limit} ms</translation>
        </message>
        <message>
            <source>{ready} of {number} ready; {reason}</source>
            <translation>{ready} von {number} bereit; {reason}</translation>
        </message>
        <message>
            <source>{number} MB free</source>
            <translation>{number} MB frei</translation>
        </message>
        <message>
            <source>PRODUCT</source>
            <translation>PRODUKT</translation>
        </message>
        <message>
            <source>next by {time}</source>
            <translation>nächste bis {time}</translation>
        </message>
        <message>
            <source>last passed {time}</source>
            <translation>zuletzt bestanden {time}</translation>
        </message>
        <message>
            <source>REQUIRED</source>
            <translation>VERLANGT</translation>
        </message>
        <message>
            <source>LOGGED IN</source>
            <translation>ANGEMELDET</translation>
        </message>
        <message>
            <source>{names} not ready</source>
            <translation>{names} nicht bereit</translation>
        </message>
        <message>
            <source>model {name}</source>
            <translation>Modell {name}</translation>
        </message>
        <message>
            <source>next in the next shift</source>
            <translation>nächste in der nächsten Schicht</translation>
        </message>
        <message>
            <source>RUNS</source>
            <translation>LÄUFT</translation>
        </message>
        <message>
            <source>worst {ms} ms</source>
            <translation>längste {ms} ms</translation>
        </message>
        <message>
            <source>nobody</source>
            <translation>niemand</translation>
        </message>
        <message>
            <source>log in to act</source>
            <translation>zum Handeln anmelden</translation>
        </message>
        <message>
            <source>LANES</source>
            <translation>BAHNEN</translation>
        </message>
        <message>
            <source>not seen in any lane</source>
            <translation>in keiner Bahn gesehen</translation>
        </message>
        <message>
            <source>OK {time}</source>
            <translation>OK {time}</translation>
        </message>
        <message>
            <source>not due</source>
            <translation>nicht fällig</translation>
        </message>
        <message>
            <source>FAILED</source>
            <translation>GESCHEITERT</translation>
        </message>
        <message>
            <source>DUE</source>
            <translation>FÄLLIG</translation>
        </message>
        <message>
            <source>OVERDUE</source>
            <translation>ÜBERFÄLLIG</translation>
        </message>
        <message>
            <source>{limit} in a row: stop</source>
            <translation>{limit} in Folge: Stopp</translation>
        </message>
        <message>
            <source>of {limit}</source>
            <translation>von {limit}</translation>
        </message>
        <message>
            <source>last {age}</source>
            <translation>zuletzt {age}</translation>
        </message>
        <message>
            <source>lot: not known; this shift: {number}</source>
            <translation>Los: nicht bekannt; diese Schicht: {number}</translation>
        </message>
        <message>
            <source>{count} needed</source>
            <translation>{count} nötig</translation>
        </message>
        <message>
            <source>{count} stopped</source>
            <translation>{count} gestoppt</translation>
        </message>
        <message>
            <source>oldest {age}</source>
            <translation>ältestes {age}</translation>
        </message>
    </context>
</TS>
