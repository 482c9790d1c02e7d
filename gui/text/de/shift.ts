<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>Lot</source>
            <translation>Los</translation>
        </message>
        <message>
            <source>Staff number</source>
            <translation>Personalnummer</translation>
        </message>
        <message>
            <source>OPEN SHIFT</source>
            <translation>SCHICHT ÖFFNEN</translation>
        </message>
        <message>
            <source>CHALLENGE ...</source>
            <translation>TESTTEILE ...</translation>
        </message>
        <message>
            <source>CLOSE SHIFT ...</source>
            <translation>SCHICHTENDE ...</translation>
        </message>
        <message>
            <source>Removed by hand: 0</source>
            <translation>Von Hand entnommen: 0</translation>
        </message>
        <message>
            <source>BACK</source>
            <translation>ZURÜCK</translation>
        </message>
        <message>
            <source>SIGN AND CLOSE</source>
            <translation>UNTERSCHREIBEN</translation>
        </message>
        <message>
            <source>RESET STOP</source>
            <translation>RÜCKSETZEN</translation>
        </message>
        <message>
            <source>START CHALLENGE</source>
            <translation>TESTTEILE BEGINNEN</translation>
        </message>
        <message>
            <source>No connection to the station: nothing can be opened or closed now.</source>
            <translation>Keine Verbindung zur Station: jetzt kann nichts geöffnet oder abgeschlossen werden.</translation>
        </message>
        <message>
            <source>The belt is empty. You sign this, word for word:</source>
            <translation>Das Band ist leer. Sie unterschreiben dies, Wort für Wort:</translation>
        </message>
        <message>
            <source>Shift {shift}   ·   lot {lot}   ·   since {time}   ·   {parts} parts</source>
            <translation>Schicht {shift}   ·   Los {lot}   ·   seit {time}   ·   {parts} Teile</translation>
        </message>
        <message>
            <source>WHAT I SIGN ...</source>
            <translation>WAS ICH UNTERSCHREIBE ...</translation>
        </message>
        <message>
            <source>Staff number or badge</source>
            <translation>Personalnummer oder Ausweis</translation>
        </message>
        <message>
            <source>DO NOT SIGN</source>
            <translation>NICHT UNTERSCHREIBEN</translation>
        </message>
        <message>
            <source>SIGN</source>
            <translation>UNTERSCHREIBEN</translation>
        </message>
        <message>
            <source>Sign with</source>
            <translation>Unterschreiben mit</translation>
        </message>
        <message>
            <source>Found and done</source>
            <translation>Gefunden und getan</translation>
        </message>
        <message>
            <source>Shift</source>
            <translation>Schicht</translation>
        </message>
        <message>
            <source>HAND-OVER</source>
            <translation>ÜBERGABE</translation>
        </message>
        <message>
            <source>EARLIER SHIFT</source>
            <translation>FRÜHERE SCHICHT</translation>
        </message>
        <message>
            <source>LATER SHIFT</source>
            <translation>SPÄTERE SCHICHT</translation>
        </message>
        <message>
            <source>There was no shift yet.</source>
            <translation>Es gab noch keine Schicht.</translation>
        </message>
        <message>
            <source>The page of the shift cannot be read: {reason}</source>
            <translation>Die Seite der Schicht kann nicht gelesen werden: {reason}</translation>
        </message>
        <message>
            <source>The page of the shift is being read ...</source>
            <translation>Die Seite der Schicht wird gelesen ...</translation>
        </message>
        <message>
            <source>DONE</source>
            <translation>FERTIG</translation>
        </message>
        <message>
            <source>{parts} parts, {rejected} rejected.</source>
            <translation>{parts} Teile, {rejected} ausgeworfen.</translation>
        </message>
        <message>
            <source>{count} min</source>
            <translation>{count} min</translation>
        </message>
        <message>
            <source>Shift {shift}</source>
            <translation>Schicht {shift}</translation>
        </message>
        <message>
            <source>yes</source>
            <translation>ja</translation>
        </message>
        <message>
            <source>waiting</source>
            <translation>wartet</translation>
        </message>
        <message>
            <source>not yet</source>
            <translation>noch nicht</translation>
        </message>
        <message>
            <source>still</source>
            <translation>noch</translation>
        </message>
        <message>
            <source>agreed</source>
            <translation>stimmt</translation>
        </message>
        <message>
            <source>no defect</source>
            <translation>kein Fehler</translation>
        </message>
        <message>
            <source>unsure</source>
            <translation>unsicher</translation>
        </message>
        <message>
            <source>Show test part {step} of {steps}: {part}</source>
            <translation>Testteil {step} von {steps} zeigen: {part}</translation>
        </message>
        <message>
            <source>No challenge was passed yet</source>
            <translation>Noch keine Prüfung bestanden</translation>
        </message>
        <message>
            <source>GOOD PART</source>
            <translation>GUTTEIL</translation>
        </message>
        <message>
            <source>waits</source>
            <translation>wartet</translation>
        </message>
        <message>
            <source>DEFECTS FOUND MOST</source>
            <translation>HÄUFIGSTE FEHLER</translation>
        </message>
        <message>
            <source>STOPS OVER 2 MINUTES</source>
            <translation>STOPPS ÜBER 2 MINUTEN</translation>
        </message>
        <message>
            <source>ALARMS</source>
            <translation>ALARME</translation>
        </message>
        <message>
            <source>CHALLENGES</source>
            <translation>TESTTEILE</translation>
        </message>
        <message>
            <source>BYPASSES</source>
            <translation>BYPÄSSE</translation>
        </message>
        <message>
            <source>HOLDS ON THIS LOT</source>
            <translation>SPERREN FÜR DIESES LOS</translation>
        </message>
        <message>
            <source>SAID OF PARTS</source>
            <translation>ZU TEILEN GESAGT</translation>
        </message>
        <message>
            <source>and {count} more</source>
            <translation>und {count} mehr</translation>
        </message>
        <message>
            <source>{count} test parts</source>
            <translation>{count} Testteile</translation>
        </message>
        <message>
            <source>{count} counted and not inspected</source>
            <translation>{count} gezählt und nicht geprüft</translation>
        </message>
        <message>
            <source>FAILED, {count} parts to quarantine</source>
            <translation>GESCHEITERT, {count} Teile sperren</translation>
        </message>
        <message>
            <source>{count} parts</source>
            <translation>{count} Teile</translation>
        </message>
        <message>
            <source>Challenge FAILED: nothing passes until one is passed</source>
            <translation>Prüfung GESCHEITERT: nichts geht durch, bis eine bestanden ist</translation>
        </message>
        <message>
            <source>Nothing passes: start a challenge and show the {count} test parts</source>
            <translation>Nichts geht durch: Prüfung beginnen und die {count} Testteile zeigen</translation>
        </message>
        <message>
            <source>A challenge is due: start it and show the {count} test parts</source>
            <translation>Prüfung fällig: beginnen und die {count} Testteile zeigen</translation>
        </message>
        <message>
            <source>Challenge passed at {time}</source>
            <translation>Prüfung bestanden um {time}</translation>
        </message>
        <message>
            <source>NOT SEEN IN THE REJECT LANE</source>
            <translation>NICHT IM AUSWURF GESEHEN</translation>
        </message>
        <message>
            <source>judged right, seen in the reject lane</source>
            <translation>richtig beurteilt, im Auswurf gesehen</translation>
        </message>
        <message>
            <source>show it now</source>
            <translation>jetzt zeigen</translation>
        </message>
        <message>
            <source>{shown} of {wanted} shown, on its way</source>
            <translation>{shown} von {wanted} gezeigt, unterwegs</translation>
        </message>
        <message>
            <source>lot {lot}</source>
            <translation>Los {lot}</translation>
        </message>
        <message>
            <source>not finished</source>
            <translation>nicht fertig</translation>
        </message>
        <message>
            <source>passed, {count} shown</source>
            <translation>bestanden, {count} gezeigt</translation>
        </message>
        <message>
            <source>Wait until the test parts have reached the reject lane</source>
            <translation>Warten, bis die Testteile im Auswurf sind</translation>
        </message>
        <message>
            <source>NOT JUDGED GOOD</source>
            <translation>NICHT ALS GUT BEURTEILT</translation>
        </message>
        <message>
            <source>NOT FOUND</source>
            <translation>NICHT GEFUNDEN</translation>
        </message>
        <message>
            <source>The shift is open.</source>
            <translation>Die Schicht ist offen.</translation>
        </message>
        <message>
            <source>Not sealed yet: the signing key is locked.</source>
            <translation>Noch nicht versiegelt: Signaturschlüssel gesperrt.</translation>
        </message>
        <message>
            <source>recipe {recipe}</source>
            <translation>Rezept {recipe}</translation>
        </message>
        <message>
            <source>Note for whoever comes next</source>
            <translation>Notiz für den, der kommt</translation>
        </message>
        <message>
            <source>I TAKE OVER ...</source>
            <translation>ICH ÜBERNEHME ...</translation>
        </message>
        <message>
            <source>You have taken over shift {shift}. It is recorded.</source>
            <translation>Sie haben Schicht {shift} übernommen. Das ist aufgezeichnet.</translation>
        </message>
        <message>
            <source>taking over</source>
            <translation>die Übernahme</translation>
        </message>
        <message>
            <source>Note: {words}</source>
            <translation>Notiz: {words}</translation>
        </message>
        <message>
            <source>Taken over at {time}.</source>
            <translation>Übernommen um {time}.</translation>
        </message>
        <message>
            <source>Nobody has taken it over yet.</source>
            <translation>Noch hat sie niemand übernommen.</translation>
        </message>
        <message>
            <source>On the ledger: {ledger}, witness: {witness}</source>
            <translation>Im Register: {ledger}, Zeuge: {witness}</translation>
        </message>
        <message>
            <source>On the ledger: {ledger}.</source>
            <translation>Im Register: {ledger}.</translation>
        </message>
        <message>
            <source>none is set up</source>
            <translation>keiner eingerichtet</translation>
        </message>
        <message>
            <source>not yet: {names}</source>
            <translation>noch nicht: {names}</translation>
        </message>
        <message>
            <source>Sealed.</source>
            <translation>Versiegelt.</translation>
        </message>
    </context>
</TS>
