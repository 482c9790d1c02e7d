<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>station</name>
        <message>
            <source>Show test part {0} of {1}: {2} ({3})</source>
            <translation>Testteil {0} von {1} zeigen: {2} ({3})</translation>
        </message>
        <message>
            <source>Wait until the test parts have reached the reject lane</source>
            <translation>warten, bis die Testteile in der Auswurfbahn angekommen sind</translation>
        </message>
        <message>
            <source>test part {0} ({1})</source>
            <translation>Testteil {0} ({1})</translation>
        </message>
        <message>
            <source>{0} was not found</source>
            <translation>{0} wurde nicht gefunden</translation>
        </message>
        <message>
            <source>{0} was not judged good</source>
            <translation>{0} wurde nicht für gut befunden</translation>
        </message>
        <message>
            <source>{0} was not seen in the reject lane</source>
            <translation>{0} wurde nicht in der Auswurfbahn gesehen</translation>
        </message>
        <message>
            <source>test parts not shown in time: {0}</source>
            <translation>Testteile nicht rechtzeitig gezeigt: {0}</translation>
        </message>
        <message>
            <source>{0} presentations, and still not shown: {1}</source>
            <translation>{0} Teile gezeigt, und es fehlen noch: {1}</translation>
        </message>
        <message>
            <source>every test part was judged as what it is, and rejected</source>
            <translation>jedes Testteil wurde als das beurteilt, was es ist, und ausgeworfen</translation>
        </message>
        <message>
            <source>only {0} MB are free on the disk</source>
            <translation>nur {0} MB sind auf der Platte frei</translation>
        </message>
        <message>
            <source>the disk is full in {0} minutes</source>
            <translation>die Platte ist in {0} Minuten voll</translation>
        </message>
        <message>
            <source>1 good part was</source>
            <translation>1 gutes Teil wurde</translation>
        </message>
        <message>
            <source>{0} good parts were</source>
            <translation>{0} gute Teile wurden</translation>
        </message>
        <message>
            <source>the camera is gone</source>
            <translation>die Kamera ist weg</translation>
        </message>
        <message>
            <source>Check the cable and power of the camera</source>
            <translation>Kabel und Strom der Kamera prüfen</translation>
        </message>
        <message>
            <source>1 change waits</source>
            <translation>1 Änderung wartet</translation>
        </message>
        <message>
            <source>{0} changes wait</source>
            <translation>{0} Änderungen warten</translation>
        </message>
        <message>
            <source>A challenge is due: start it and show the {0} test parts</source>
            <translation>eine Prüfung mit Testteilen ist fällig: beginnen und die {0} Testteile zeigen</translation>
        </message>
        <message>
            <source>The challenge has failed: the list of what passed is being written</source>
            <translation>die Prüfung ist gescheitert: die Liste dessen, was durchgelassen wurde, wird geschrieben</translation>
        </message>
        <message>
            <source>rejected part {0} was seen in the good lane ({1})</source>
            <translation>das ausgeworfene Teil {0} wurde in der Gutbahn gesehen ({1})</translation>
        </message>
        <message>
            <source>rejected part {0} was seen in no lane ({1})</source>
            <translation>das ausgeworfene Teil {0} wurde in keiner Bahn gesehen ({1})</translation>
        </message>
        <message>
            <source>no reject was confirmed before</source>
            <translation>davor wurde kein Auswurf bestätigt</translation>
        </message>
        <message>
            <source>last confirmed: part {0}</source>
            <translation>zuletzt bestätigt: Teil {0}</translation>
        </message>
        <message>
            <source>is being opened</source>
            <translation>wird geöffnet</translation>
        </message>
        <message>
            <source>waits for the station</source>
            <translation>wartet auf die Station</translation>
        </message>
        <message>
            <source>has not connected yet</source>
            <translation>hat sich noch nicht verbunden</translation>
        </message>
        <message>
            <source>the plant's part counter shows {0} than the records</source>
            <translation>der Teilezähler der Anlage zeigt {0} als die Aufzeichnungen</translation>
        </message>
        <message>
            <source>the lane sensors and what was removed by hand show {0} than the records</source>
            <translation>die Bahnsensoren und was von Hand entnommen wurde zeigen {0} als die Aufzeichnungen</translation>
        </message>
        <message>
            <source>camera {0} counted {1} than the records</source>
            <translation>Kamera {0} zählte {1} als die Aufzeichnungen</translation>
        </message>
        <message>
            <source>{0} parts more</source>
            <translation>{0} Teile mehr</translation>
        </message>
        <message>
            <source>{0} parts fewer</source>
            <translation>{0} Teile weniger</translation>
        </message>
        <message>
            <source>1 part more</source>
            <translation>1 Teil mehr</translation>
        </message>
        <message>
            <source>1 part fewer</source>
            <translation>1 Teil weniger</translation>
        </message>
        <message>
            <source>{0} reached no lane</source>
            <translation>{0} kamen in keiner Bahn an</translation>
        </message>
        <message>
            <source>{0} more reached a lane than the plant's part counter shows</source>
            <translation>{0} mehr kamen in einer Bahn an, als der Teilezähler der Anlage zeigt</translation>
        </message>
        <message>
            <source>the good lane's sensor shows {0} than the outcomes in the records</source>
            <translation>der Sensor der Gutbahn zeigt {0} als die Ausgänge in den Aufzeichnungen</translation>
        </message>
        <message>
            <source>{0} has high priority and is never shelved</source>
            <translation>{0} hat hohe Priorität und wird nie zurückgestellt</translation>
        </message>
        <message>
            <source>for how long and why it is shelved must be given</source>
            <translation>wie lange und warum zurückgestellt wird, muss gesagt werden</translation>
        </message>
        <message>
            <source>Give both: at most {0} minutes</source>
            <translation>beides angeben: höchstens {0} Minuten</translation>
        </message>
        <message>
            <source>{0} is not shelved, or nobody is named</source>
            <translation>{0} ist nicht zurückgestellt, oder niemand ist genannt</translation>
        </message>
        <message>
            <source>See the alarms in the status</source>
            <translation>die Alarme im Status ansehen</translation>
        </message>
        <message>
            <source>there is no alarm {0}</source>
            <translation>es gibt keinen Alarm {0}</translation>
        </message>
        <message>
            <source>See docs/alarms.md</source>
            <translation>siehe docs/alarms.md</translation>
        </message>
        <message>
            <source>the alarm {0} does not stand</source>
            <translation>der Alarm {0} steht nicht an</translation>
        </message>
        <message>
            <source>the operator must be given</source>
            <translation>die Personalnummer muss angegeben werden</translation>
        </message>
        <message>
            <source>Type or scan the staff id</source>
            <translation>Personalnummer eingeben oder scannen</translation>
        </message>
        <message>
            <source>{0} for approval: {1}</source>
            <translation>{0} auf Freigabe: {1}</translation>
        </message>
        <message>
            <source>ask quality for `inspector change approve`</source>
            <translation>die Qualität um „inspector change approve“ bitten</translation>
        </message>
        <message>
            <source>this is not what waits for approval</source>
            <translation>das ist nicht, was auf Freigabe wartet</translation>
        </message>
        <message>
            <source>Ask for it again</source>
            <translation>noch einmal anfordern</translation>
        </message>
        <message>
            <source>no change waits for approval</source>
            <translation>keine Änderung wartet auf Freigabe</translation>
        </message>
        <message>
            <source>See `inspector change list`</source>
            <translation>siehe „inspector change list“</translation>
        </message>
        <message>
            <source>who has announced a change does not approve it</source>
            <translation>wer eine Änderung angekündigt hat, gibt sie nicht frei</translation>
        </message>
        <message>
            <source>Let somebody else of quality do it</source>
            <translation>jemand anderes von der Qualität soll es tun</translation>
        </message>
        <message>
            <source>a bypass is running</source>
            <translation>eine Überbrückung läuft</translation>
        </message>
        <message>
            <source>Stop it first</source>
            <translation>sie erst beenden</translation>
        </message>
        <message>
            <source>no bypass is running</source>
            <translation>keine Überbrückung läuft</translation>
        </message>
        <message>
            <source>See the status</source>
            <translation>den Status ansehen</translation>
        </message>
        <message>
            <source>nobody may authorise a bypass on this station</source>
            <translation>niemand darf an dieser Station eine Überbrückung genehmigen</translation>
        </message>
        <message>
            <source>Name the public keys in bypass.authority</source>
            <translation>die öffentlichen Schlüssel in bypass.authority nennen</translation>
        </message>
        <message>
            <source>the permit is for station {0}</source>
            <translation>die Genehmigung ist für die Station {0}</translation>
        </message>
        <message>
            <source>Ask quality for one for this station</source>
            <translation>die Qualität um eine für diese Station bitten</translation>
        </message>
        <message>
            <source>the permit does not hold now</source>
            <translation>die Genehmigung gilt jetzt nicht</translation>
        </message>
        <message>
            <source>Look at its times, and at the station's clock</source>
            <translation>ihre Zeiten und die Uhr der Station ansehen</translation>
        </message>
        <message>
            <source>the permit was used before</source>
            <translation>die Genehmigung wurde schon benutzt</translation>
        </message>
        <message>
            <source>Ask quality for a new one</source>
            <translation>die Qualität um eine neue bitten</translation>
        </message>
        <message>
            <source>Put the public key of who authorises there, or take it out of bypass.authority</source>
            <translation>den öffentlichen Schlüssel dessen, der genehmigt, dort ablegen oder aus bypass.authority nehmen</translation>
        </message>
        <message>
            <source>{0} cannot be written: {1}</source>
            <translation>{0} kann nicht geschrieben werden: {1}</translation>
        </message>
        <message>
            <source>Free disk space</source>
            <translation>auf der Platte Platz schaffen</translation>
        </message>
        <message>
            <source>camera {0} introduced itself wrongly: {1}</source>
            <translation>die Kamera {0} hat sich falsch vorgestellt: {1}</translation>
        </message>
        <message>
            <source>no challenge was passed in this shift</source>
            <translation>in dieser Schicht wurde keine Prüfung bestanden</translation>
        </message>
        <message>
            <source>the challenge is overdue</source>
            <translation>die Prüfung ist überfällig</translation>
        </message>
        <message>
            <source>start a challenge and show the {0} test parts</source>
            <translation>eine Prüfung beginnen und die {0} Testteile zeigen</translation>
        </message>
        <message>
            <source>no challenge parts are registered</source>
            <translation>es sind keine Testteile angemeldet</translation>
        </message>
        <message>
            <source>Name their file in [challenge] of station.toml</source>
            <translation>ihre Datei in [challenge] von station.toml nennen</translation>
        </message>
        <message>
            <source>challenge parts are past their date: {0}</source>
            <translation>Testteile sind über ihr Datum: {0}</translation>
        </message>
        <message>
            <source>Have them checked, and renew the set</source>
            <translation>sie prüfen lassen und den Satz erneuern</translation>
        </message>
        <message>
            <source>the last challenge has failed: {0}</source>
            <translation>die letzte Prüfung ist gescheitert: {0}</translation>
        </message>
        <message>
            <source>Let a team lead or QA start it who has not started the failed one</source>
            <translation>Schichtleitung oder Qualität soll sie beginnen, und nicht, wer die gescheiterte begonnen hat</translation>
        </message>
        <message>
            <source>a challenge is running</source>
            <translation>eine Prüfung läuft</translation>
        </message>
        <message>
            <source>Show the test parts that are missing, or wait until it ends</source>
            <translation>die fehlenden Testteile zeigen, oder warten, bis sie endet</translation>
        </message>
        <message>
            <source>the challenge failed: {0}</source>
            <translation>die Prüfung ist gescheitert: {0}</translation>
        </message>
        <message>
            <source>UTC went {0} by {1} s</source>
            <translation>UTC ging um {1} s {0}</translation>
        </message>
        <message>
            <source>find out who set the clock, and compare it with another one</source>
            <translation>herausfinden, wer die Uhr gestellt hat, und mit einer anderen vergleichen</translation>
        </message>
        <message>
            <source>the clock is {0} s behind the newest record of this station</source>
            <translation>die Uhr geht gegenüber der neuesten Aufzeichnung dieser Station {0} s nach</translation>
        </message>
        <message>
            <source>there is no command {0}</source>
            <translation>es gibt keinen Befehl {0}</translation>
        </message>
        <message>
            <source>See docs/architecture.md</source>
            <translation>siehe docs/architecture.md</translation>
        </message>
        <message>
            <source>{0} of {1} is not text of at most {2} characters</source>
            <translation>{0} von {1} ist kein Text von höchstens {2} Zeichen</translation>
        </message>
        <message>
            <source>Shorten it</source>
            <translation>kürzen</translation>
        </message>
        <message>
            <source>{0} of {1} is not a number from 0 to {2}</source>
            <translation>{0} von {1} ist keine Zahl von 0 bis {2}</translation>
        </message>
        <message>
            <source>Correct it</source>
            <translation>berichtigen</translation>
        </message>
        <message>
            <source>{0} has not answered in time</source>
            <translation>{0} hat nicht rechtzeitig geantwortet</translation>
        </message>
        <message>
            <source>See whether it works; it is restarted when it hangs</source>
            <translation>nachsehen, ob es arbeitet; wenn es hängt, wird es neu gestartet</translation>
        </message>
        <message>
            <source>too many questions wait for line and cameras</source>
            <translation>zu viele Fragen warten auf Linie und Kameras</translation>
        </message>
        <message>
            <source>Try again in a second</source>
            <translation>in einer Sekunde noch einmal versuchen</translation>
        </message>
        <message>
            <source>{0} is not connected</source>
            <translation>{0} ist nicht verbunden</translation>
        </message>
        <message>
            <source>{0} went away</source>
            <translation>{0} ist weg</translation>
        </message>
        <message>
            <source>It restarts by itself; then ask again</source>
            <translation>startet von selbst neu; dann noch einmal fragen</translation>
        </message>
        <message>
            <source>the scope of a hold is an object</source>
            <translation>der Umfang einer Sperre ist ein Objekt</translation>
        </message>
        <message>
            <source>Correct the request</source>
            <translation>die Anfrage berichtigen</translation>
        </message>
        <message>
            <source>name, operator and reason must be given</source>
            <translation>Name, Person und Grund müssen angegeben werden</translation>
        </message>
        <message>
            <source>Say who holds what, and why</source>
            <translation>sagen, wer was warum sperrt</translation>
        </message>
        <message>
            <source>a hold knows {0} only</source>
            <translation>eine Sperre kennt nur {0}</translation>
        </message>
        <message>
            <source>Correct the scope</source>
            <translation>den Umfang berichtigen</translation>
        </message>
        <message>
            <source>a hold must say what it covers</source>
            <translation>eine Sperre muss sagen, was sie umfasst</translation>
        </message>
        <message>
            <source>Name a lot, a serial, a time or a defect class</source>
            <translation>Los, Seriennummer, Zeit oder Fehlerklasse nennen</translation>
        </message>
        <message>
            <source>a hold {0} is in force</source>
            <translation>eine Sperre {0} ist in Kraft</translation>
        </message>
        <message>
            <source>Choose another name, or end that one</source>
            <translation>einen anderen Namen wählen, oder jene beenden</translation>
        </message>
        <message>
            <source>operator and reason must be given</source>
            <translation>Person und Grund müssen angegeben werden</translation>
        </message>
        <message>
            <source>Say who ends it, and why</source>
            <translation>sagen, wer sie warum beendet</translation>
        </message>
        <message>
            <source>no hold {0} is in force</source>
            <translation>keine Sperre {0} ist in Kraft</translation>
        </message>
        <message>
            <source>`inspector hold list` shows those that are</source>
            <translation>„inspector hold list“ zeigt, welche es sind</translation>
        </message>
        <message>
            <source>this is no backup of these records</source>
            <translation>das ist keine Sicherung dieser Aufzeichnungen</translation>
        </message>
        <message>
            <source>Look at the folder of the backup</source>
            <translation>den Ordner der Sicherung ansehen</translation>
        </message>
        <message>
            <source>images are being erased already</source>
            <translation>es werden schon Bilder gelöscht</translation>
        </message>
        <message>
            <source>Wait until that is done</source>
            <translation>warten, bis das getan ist</translation>
        </message>
        <message>
            <source>1 to {0} images can be erased at once</source>
            <translation>1 bis {0} Bilder können auf einmal gelöscht werden</translation>
        </message>
        <message>
            <source>Ask for fewer</source>
            <translation>weniger verlangen</translation>
        </message>
        <message>
            <source>images have digests of 64 hex digits, and a reason</source>
            <translation>Bilder haben Prüfsummen von 64 Hexadezimalziffern, und einen Grund</translation>
        </message>
        <message>
            <source>Check the folder of the key</source>
            <translation>den Ordner des Schlüssels prüfen</translation>
        </message>
        <message>
            <source>The key files beside {0} cannot be changed: {1}</source>
            <translation>die Schlüsseldateien neben {0} können nicht geändert werden: {1}</translation>
        </message>
        <message>
            <source>Check the folder of the key, then start the station again</source>
            <translation>den Ordner des Schlüssels prüfen, dann die Station neu starten</translation>
        </message>
        <message>
            <source>{0} exists already</source>
            <translation>{0} gibt es schon</translation>
        </message>
        <message>
            <source>Rotate the key; it is never overwritten</source>
            <translation>den Schlüssel wechseln; er wird nie überschrieben</translation>
        </message>
        <message>
            <source>No Ed25519 key {0} of the token {1} is the station's</source>
            <translation>kein Ed25519-Schlüssel {0} des Tokens {1} ist der der Station</translation>
        </message>
        <message>
            <source>Insert the right token; compare with {0}</source>
            <translation>das richtige Token einstecken; vergleichen mit {0}</translation>
        </message>
        <message>
            <source>The token {0} is locked</source>
            <translation>das Token {0} ist gesperrt</translation>
        </message>
        <message>
            <source>Give the PIN</source>
            <translation>die PIN eingeben</translation>
        </message>
        <message>
            <source>The files beside {0} cannot be changed: {1}</source>
            <translation>die Dateien neben {0} können nicht geändert werden: {1}</translation>
        </message>
        <message>
            <source>Say who rotates the key, and why</source>
            <translation>sagen, wer den Schlüssel warum wechselt</translation>
        </message>
        <message>
            <source>the key is being unlocked or rotated</source>
            <translation>der Schlüssel wird gerade entsperrt oder gewechselt</translation>
        </message>
        <message>
            <source>The passphrase of the key is missing</source>
            <translation>die Passphrase des Schlüssels fehlt</translation>
        </message>
        <message>
            <source>Give it at the prompt</source>
            <translation>an der Eingabe angeben</translation>
        </message>
        <message>
            <source>the credential {0} cannot be read: {1}</source>
            <translation>die Anmeldedatei {0} kann nicht gelesen werden: {1}</translation>
        </message>
        <message>
            <source>Check the path and its mode</source>
            <translation>Pfad und Rechte prüfen</translation>
        </message>
        <message>
            <source>staff id and password, or badge and PIN, do not fit</source>
            <translation>Personalnummer und Passwort, oder Ausweis und PIN, passen nicht zusammen</translation>
        </message>
        <message>
            <source>Try again</source>
            <translation>noch einmal versuchen</translation>
        </message>
        <message>
            <source>there were too many wrong attempts: not looked at</source>
            <translation>zu viele falsche Versuche: wird nicht angesehen</translation>
        </message>
        <message>
            <source>Wait, or ask an admin</source>
            <translation>warten, oder einen Administrator fragen</translation>
        </message>
        <message>
            <source>put back your copy of access/users.json, or add a new first admin while the station is stopped</source>
            <translation>die eigene Kopie von access/users.json zurücklegen, oder bei angehaltener Station einen ersten Administrator anlegen</translation>
        </message>
        <message>
            <source>{0} may not do this: {1} is for {2}</source>
            <translation>{0} darf das nicht: {1} ist für {2}</translation>
        </message>
        <message>
            <source>Ask one of them</source>
            <translation>eine dieser Personen bitten</translation>
        </message>
        <message>
            <source>another person is logged in here than the one who was named</source>
            <translation>hier ist eine andere Person angemeldet als genannt</translation>
        </message>
        <message>
            <source>Log in yourself</source>
            <translation>selbst anmelden</translation>
        </message>
        <message>
            <source>this station has no users that could log in</source>
            <translation>diese Station hat keine Benutzer, die sich anmelden könnten</translation>
        </message>
        <message>
            <source>See `inspector user add`</source>
            <translation>siehe „inspector user add“</translation>
        </message>
        <message>
            <source>nobody is logged in here</source>
            <translation>niemand ist hier angemeldet</translation>
        </message>
        <message>
            <source>There is nothing to end</source>
            <translation>es gibt nichts zu beenden</translation>
        </message>
        <message>
            <source>this is no result of a log-in</source>
            <translation>das ist kein Ergebnis einer Anmeldung</translation>
        </message>
        <message>
            <source>Update the OPC UA process or the station</source>
            <translation>den OPC-UA-Prozess oder die Station aktualisieren</translation>
        </message>
        <message>
            <source>{0} log-ins in a row failed {1}: it is locked</source>
            <translation>{0} Anmeldungen hintereinander sind gescheitert, {1}: gesperrt</translation>
        </message>
        <message>
            <source>find out who tried; an admin may set another password</source>
            <translation>herausfinden, wer es versucht hat; ein Administrator kann ein anderes Passwort setzen</translation>
        </message>
        <message>
            <source>who changes what and why must be given</source>
            <translation>wer was warum ändert, muss gesagt werden</translation>
        </message>
        <message>
            <source>What is one of {0}</source>
            <translation>was: eines von {0}</translation>
        </message>
        <message>
            <source>users cannot be changed: {0}</source>
            <translation>Benutzer können nicht geändert werden: {0}</translation>
        </message>
        <message>
            <source>Stop the station first</source>
            <translation>erst die Station anhalten</translation>
        </message>
        <message>
            <source>the users cannot be read: {0}</source>
            <translation>die Benutzer können nicht gelesen werden: {0}</translation>
        </message>
        <message>
            <source>See the alarms</source>
            <translation>die Alarme ansehen</translation>
        </message>
        <message>
            <source>{0} needs a person: this station has users</source>
            <translation>{0} braucht eine Person: diese Station hat Benutzer</translation>
        </message>
        <message>
            <source>Do it at the station's screen</source>
            <translation>am Bildschirm der Station tun</translation>
        </message>
        <message>
            <source>no shift is open</source>
            <translation>keine Schicht ist offen</translation>
        </message>
        <message>
            <source>open a shift</source>
            <translation>eine Schicht öffnen</translation>
        </message>
        <message>
            <source>the shift is being closed</source>
            <translation>die Schicht wird abgeschlossen</translation>
        </message>
        <message>
            <source>the line process does not answer</source>
            <translation>der Linienprozess antwortet nicht</translation>
        </message>
        <message>
            <source>It restarts by itself; if not, call maintenance</source>
            <translation>startet von selbst neu; wenn nicht, Instandhaltung rufen</translation>
        </message>
        <message>
            <source>the model is being loaded</source>
            <translation>das Modell wird geladen</translation>
        </message>
        <message>
            <source>Wait a moment</source>
            <translation>einen Moment warten</translation>
        </message>
        <message>
            <source>images are written too slowly</source>
            <translation>Bilder werden zu langsam geschrieben</translation>
        </message>
        <message>
            <source>check the disk; Ready returns by itself</source>
            <translation>die Platte prüfen; Bereit kommt von selbst</translation>
        </message>
        <message>
            <source>the model or the recipe is another one than when the shift was opened</source>
            <translation>Modell oder Rezept sind andere als beim Öffnen der Schicht</translation>
        </message>
        <message>
            <source>close the shift and open a new one, or put back what was there and restart</source>
            <translation>die Schicht abschließen und neu öffnen, oder zurücktun, was da war, und neu starten</translation>
        </message>
        <message>
            <source>the detector does not answer</source>
            <translation>der Detektor antwortet nicht</translation>
        </message>
        <message>
            <source>restart the station; call maintenance</source>
            <translation>die Station neu starten; Instandhaltung rufen</translation>
        </message>
        <message>
            <source>the PLC does not answer</source>
            <translation>die SPS antwortet nicht</translation>
        </message>
        <message>
            <source>check the PLC and its network cable, ask `inspector doctor`</source>
            <translation>SPS und ihr Netzwerkkabel prüfen, „inspector doctor“ fragen</translation>
        </message>
        <message>
            <source>an I/O module does not answer</source>
            <translation>ein E/A-Modul antwortet nicht</translation>
        </message>
        <message>
            <source>check power and network, `inspector doctor` says which one</source>
            <translation>Strom und Netz prüfen, „inspector doctor“ sagt, welches</translation>
        </message>
        <message>
            <source>the plant's I/O does not answer</source>
            <translation>die E/A der Anlage antworten nicht</translation>
        </message>
        <message>
            <source>check the PLC and its network cable</source>
            <translation>SPS und ihr Netzwerkkabel prüfen</translation>
        </message>
        <message>
            <source>check the cable and power of {0}</source>
            <translation>Kabel und Strom von {0} prüfen</translation>
        </message>
        <message>
            <source>check the scanner's cable and power; it is tried again by itself</source>
            <translation>Kabel und Strom des Scanners prüfen; es wird von selbst wieder versucht</translation>
        </message>
        <message>
            <source>camera {0}: parts and pictures are matched anew</source>
            <translation>Kamera {0}: Teile und Bilder werden neu zugeordnet</translation>
        </message>
        <message>
            <source>wait; Ready returns by itself when the belt pauses</source>
            <translation>warten; Bereit kommt von selbst, wenn das Band pausiert</translation>
        </message>
        <message>
            <source>camera {0} or its settings changed during the shift</source>
            <translation>die Kamera {0} oder ihre Einstellungen wurden während der Schicht geändert</translation>
        </message>
        <message>
            <source>close the shift and open a new one</source>
            <translation>die Schicht abschließen und neu öffnen</translation>
        </message>
        <message>
            <source>free space or call maintenance</source>
            <translation>Platz schaffen oder Instandhaltung rufen</translation>
        </message>
        <message>
            <source>{0} % of the disk are free</source>
            <translation>{0} % der Platte sind frei</translation>
        </message>
        <message>
            <source>camera {0}: {1} trigger{2} without a picture in this shift</source>
            <translation>Kamera {0}: Auslösungen ohne Bild in dieser Schicht: {1}</translation>
        </message>
        <message>
            <source>check for parts too close together, its trigger cable and debouncer</source>
            <translation>auf zu dichte Teile, Auslösekabel und Entprellung achten</translation>
        </message>
        <message>
            <source>camera {0}: {1} picture{2} without a trigger in this shift</source>
            <translation>Kamera {0}: Bilder ohne Auslösung in dieser Schicht: {1}</translation>
        </message>
        <message>
            <source>check its trigger settings and the shield of its trigger cable</source>
            <translation>ihre Auslöseeinstellung und den Schirm des Auslösekabels prüfen</translation>
        </message>
        <message>
            <source>the computer's clock may be {0} ms off</source>
            <translation>die Uhr des Rechners geht vielleicht um {0} ms falsch</translation>
        </message>
        <message>
            <source>see that its time server is near and answers</source>
            <translation>nachsehen, ob ihr Zeitserver nah ist und antwortet</translation>
        </message>
        <message>
            <source>nothing keeps the computer's clock in time</source>
            <translation>nichts stellt die Uhr des Rechners</translation>
        </message>
        <message>
            <source>have a time server set up, or look why it does not answer</source>
            <translation>einen Zeitserver einrichten lassen, oder nachsehen, warum er nicht antwortet</translation>
        </message>
        <message>
            <source>the signing key is locked or does not answer: heads and seals wait unsigned</source>
            <translation>der Signaturschlüssel ist gesperrt oder antwortet nicht: Köpfe und Siegel warten unsigniert</translation>
        </message>
        <message>
            <source>unlock it with `inspector shift unlock`; look at the token if it has one</source>
            <translation>mit „inspector shift unlock“ entsperren; das Token ansehen, wenn es eines gibt</translation>
        </message>
        <message>
            <source>the signing key is revoked by the plant root</source>
            <translation>der Signaturschlüssel ist von der Wurzel des Werks widerrufen</translation>
        </message>
        <message>
            <source>close the shift, see docs/keys.md</source>
            <translation>die Schicht abschließen, siehe docs/keys.md</translation>
        </message>
        <message>
            <source>records cannot be written: {0}</source>
            <translation>Aufzeichnungen können nicht geschrieben werden: {0}</translation>
        </message>
        <message>
            <source>free disk space; the station resumes by itself</source>
            <translation>auf der Platte Platz schaffen; die Station macht von selbst weiter</translation>
        </message>
        <message>
            <source>The log does not answer</source>
            <translation>das Log antwortet nicht</translation>
        </message>
        <message>
            <source>Check ledger.path</source>
            <translation>ledger.path prüfen</translation>
        </message>
        <message>
            <source>the records come from an old backup: {0}</source>
            <translation>die Aufzeichnungen stammen aus einer alten Sicherung: {0}</translation>
        </message>
        <message>
            <source>restore the newest backup or the station's former disk; if newer records are lost, see docs/backup.md</source>
            <translation>die neueste Sicherung oder die frühere Platte der Station einspielen; sind neuere Aufzeichnungen verloren, siehe docs/backup.md</translation>
        </message>
        <message>
            <source>{0} is damaged</source>
            <translation>{0} ist beschädigt</translation>
        </message>
        <message>
            <source>Restore the backup again</source>
            <translation>die Sicherung noch einmal einspielen</translation>
        </message>
        <message>
            <source>{0} cannot be read: {1}</source>
            <translation>{0} kann nicht gelesen werden: {1}</translation>
        </message>
        <message>
            <source>Run `inspector verify`</source>
            <translation>„inspector verify“ laufen lassen</translation>
        </message>
        <message>
            <source>A record is damaged: {0}</source>
            <translation>eine Aufzeichnung ist beschädigt: {0}</translation>
        </message>
        <message>
            <source>this version has no runtime {0}</source>
            <translation>diese Version hat keine Laufzeit {0}</translation>
        </message>
        <message>
            <source>the model package {0} is not on this computer any more: name its folder with --package</source>
            <translation>das Modellpaket {0} ist nicht mehr auf diesem Rechner: seinen Ordner mit --package nennen</translation>
        </message>
        <message>
            <source>the record names no model and recipe: nothing judged this part</source>
            <translation>die Aufzeichnung nennt weder Modell noch Rezept: nichts hat dieses Teil beurteilt</translation>
        </message>
        <message>
            <source>the recipe is not among the documents of the station: {0}</source>
            <translation>das Rezept ist nicht unter den Dokumenten der Station: {0}</translation>
        </message>
        <message>
            <source>this version cannot read the recipe: {0}</source>
            <translation>diese Version kann das Rezept nicht lesen: {0}</translation>
        </message>
        <message>
            <source>the runtime {0} does not load the model: {1}</source>
            <translation>die Laufzeit {0} lädt das Modell nicht: {1}</translation>
        </message>
        <message>
            <source>the model package was changed: {0}</source>
            <translation>das Modellpaket wurde geändert: {0}</translation>
        </message>
        <message>
            <source>who reviews must be given</source>
            <translation>wer beurteilt, muss angegeben werden</translation>
        </message>
        <message>
            <source>Enter your staff id</source>
            <translation>die Personalnummer eingeben</translation>
        </message>
        <message>
            <source>there is no finding {0}</source>
            <translation>es gibt keinen Befund {0}</translation>
        </message>
        <message>
            <source>It is one of {0}</source>
            <translation>es ist eines von {0}</translation>
        </message>
        <message>
            <source>record {0} is no part record</source>
            <translation>Aufzeichnung {0} ist keine von einem Teil</translation>
        </message>
        <message>
            <source>See /v1/parts for their numbers</source>
            <translation>siehe /v1/parts für ihre Nummern</translation>
        </message>
        <message>
            <source>a challenge part is no production</source>
            <translation>ein Testteil ist keine Produktion</translation>
        </message>
        <message>
            <source>Its registered class says what it shows</source>
            <translation>seine angemeldete Klasse sagt, was es zeigt</translation>
        </message>
        <message>
            <source>this station knows no plant root</source>
            <translation>diese Station kennt keine Wurzel des Werks</translation>
        </message>
        <message>
            <source>Name its public key in key.root</source>
            <translation>ihren öffentlichen Schlüssel in key.root nennen</translation>
        </message>
        <message>
            <source>the statement is not about a key of this station</source>
            <translation>die Erklärung ist nicht über einen Schlüssel dieser Station</translation>
        </message>
        <message>
            <source>See `inspector key show` for its keys</source>
            <translation>siehe „inspector key show“ für ihre Schlüssel</translation>
        </message>
        <message>
            <source>the scanner at {0} is away: {1}</source>
            <translation>der Scanner bei {0} ist weg: {1}</translation>
        </message>
        <message>
            <source>Check its address, cable and power</source>
            <translation>Adresse, Kabel und Strom prüfen</translation>
        </message>
        <message>
            <source>the users are not those of the last record: their file was changed past the station</source>
            <translation>die Benutzer sind nicht die der letzten Aufzeichnung: ihre Datei wurde an der Station vorbei geändert</translation>
        </message>
        <message>
            <source>compare `inspector user list` with your own list</source>
            <translation>„inspector user list“ mit der eigenen Liste vergleichen</translation>
        </message>
        <message>
            <source>find out who changed the program; install it anew from its release</source>
            <translation>herausfinden, wer das Programm geändert hat; es aus seiner Veröffentlichung neu installieren</translation>
        </message>
        <message>
            <source>Open one first</source>
            <translation>erst eine öffnen</translation>
        </message>
        <message>
            <source>shift {0} is open</source>
            <translation>Schicht {0} ist offen</translation>
        </message>
        <message>
            <source>Close it first</source>
            <translation>sie erst abschließen</translation>
        </message>
        <message>
            <source>shift {0} is being closed</source>
            <translation>Schicht {0} wird abgeschlossen</translation>
        </message>
        <message>
            <source>wait until it is sealed</source>
            <translation>warten, bis sie versiegelt ist</translation>
        </message>
        <message>
            <source>the counts have changed since they were shown</source>
            <translation>die Zählungen haben sich geändert, seit sie gezeigt wurden</translation>
        </message>
        <message>
            <source>Look at them again, then sign</source>
            <translation>noch einmal ansehen, dann unterschreiben</translation>
        </message>
        <message>
            <source>the counts differ: {0}</source>
            <translation>die Zählungen weichen ab: {0}</translation>
        </message>
        <message>
            <source>Find out why, then close again with a note that explains it</source>
            <translation>herausfinden, warum, dann mit einer Notiz abschließen, die es erklärt</translation>
        </message>
        <message>
            <source>Let a team lead or QA close the shift who has not opened it</source>
            <translation>Schichtleitung oder Qualität soll die Schicht abschließen, und nicht, wer sie geöffnet hat</translation>
        </message>
        <message>
            <source>lot and operator must be given</source>
            <translation>Los und Personalnummer müssen angegeben werden</translation>
        </message>
        <message>
            <source>Type or scan both</source>
            <translation>beide eingeben oder scannen</translation>
        </message>
        <message>
            <source>the station is not ready: {0}</source>
            <translation>die Station ist nicht bereit: {0}</translation>
        </message>
        <message>
            <source>nothing waits to be signed</source>
            <translation>nichts wartet auf eine Unterschrift</translation>
        </message>
        <message>
            <source>Ask for what is to be signed first</source>
            <translation>erst anfordern, was zu unterschreiben ist</translation>
        </message>
        <message>
            <source>this is not what is to be signed, or not by this person</source>
            <translation>das ist nicht, was zu unterschreiben ist, oder nicht von dieser Person</translation>
        </message>
        <message>
            <source>too many log-ins wait</source>
            <translation>zu viele Anmeldungen warten</translation>
        </message>
        <message>
            <source>the judge's thread died: {0}</source>
            <translation>der Faden des Detektors ist gestorben: {0}</translation>
        </message>
        <message>
            <source>Look at the model package</source>
            <translation>das Modellpaket ansehen</translation>
        </message>
        <message>
            <source>The station restarts; call maintenance if it comes again</source>
            <translation>die Station startet neu; Instandhaltung rufen, wenn es wiederkommt</translation>
        </message>
        <message>
            <source>the thread that writes images died</source>
            <translation>der Faden, der Bilder schreibt, ist gestorben</translation>
        </message>
        <message>
            <source>The station restarts</source>
            <translation>die Station startet neu</translation>
        </message>
        <message>
            <source>records could not be written: {0}</source>
            <translation>Aufzeichnungen konnten nicht geschrieben werden: {0}</translation>
        </message>
        <message>
            <source>{0} seen in the reject lane</source>
            <translation>{0} in der Auswurfbahn gesehen</translation>
        </message>
        <message>
            <source>check the gate and the lane sensors</source>
            <translation>Weiche und Bahnsensoren prüfen</translation>
        </message>
        <message>
            <source>the line is not stopped by a rule</source>
            <translation>keine Regel hat die Linie gestoppt</translation>
        </message>
        <message>
            <source>See the reasons in the status</source>
            <translation>die Gründe im Status ansehen</translation>
        </message>
        <message>
            <source>who resets the stop and what was found must be given</source>
            <translation>wer den Stopp zurücksetzt und was gefunden wurde, muss angegeben werden</translation>
        </message>
        <message>
            <source>Type both</source>
            <translation>beides eingeben</translation>
        </message>
        <message>
            <source>{0} of the last {1} parts were rejected</source>
            <translation>{0} der letzten {1} Teile wurden ausgeworfen</translation>
        </message>
        <message>
            <source>{0} of the last {1} verdicts came too late</source>
            <translation>{0} der letzten {1} Urteile kamen zu spät</translation>
        </message>
        <message>
            <source>{0} pictures in a row were too bad to judge</source>
            <translation>{0} Bilder hintereinander waren zu schlecht zum Beurteilen</translation>
        </message>
        <message>
            <source>mend the cause, {0}</source>
            <translation>die Ursache beheben, {0}</translation>
        </message>
        <message>
            <source>camera {0} delivered the same {1} again</source>
            <translation>die Kamera {0} hat noch einmal dasselbe geliefert ({1})</translation>
        </message>
        <message>
            <source>rejected {0} {1} ({2})</source>
            <translation>ausgeworfen: {0} {1} ({2})</translation>
        </message>
        <message>
            <source>{0} parts in a row were rejected</source>
            <translation>{0} Teile hintereinander wurden ausgeworfen</translation>
        </message>
        <message>
            <source>{0} parts in a row had no picture</source>
            <translation>{0} Teile hintereinander hatten kein Bild</translation>
        </message>
        <message>
            <source>nobody has taken over shift {0}</source>
            <translation>niemand hat die Schicht {0} übernommen</translation>
        </message>
        <message>
            <source>Read its hand-over and sign that you take it over</source>
            <translation>ihre Übergabe lesen und die Übernahme unterschreiben</translation>
        </message>
        <message>
            <source>a station without users shows nothing to sign</source>
            <translation>eine Station ohne Benutzer zeigt nichts zum Unterschreiben</translation>
        </message>
        <message>
            <source>Take over with your staff id</source>
            <translation>mit der Personalnummer übernehmen</translation>
        </message>
        <message>
            <source>this is not what you were shown to take over</source>
            <translation>das ist nicht, was zur Übernahme gezeigt wurde</translation>
        </message>
        <message>
            <source>it was shown too long ago</source>
            <translation>es wurde vor zu langer Zeit gezeigt</translation>
        </message>
        <message>
            <source>there is no shift to take over</source>
            <translation>es gibt keine Schicht zu übernehmen</translation>
        </message>
        <message>
            <source>Open the first one</source>
            <translation>die erste öffnen</translation>
        </message>
        <message>
            <source>shift {0} was taken over already</source>
            <translation>Schicht {0} wurde schon übernommen</translation>
        </message>
        <message>
            <source>Look at its hand-over</source>
            <translation>ihre Übergabe ansehen</translation>
        </message>
        <message>
            <source>who takes over must be given</source>
            <translation>wer übernimmt, muss angegeben werden</translation>
        </message>
        <message>
            <source>who has closed shift {0} does not take it over</source>
            <translation>wer Schicht {0} abgeschlossen hat, übernimmt sie nicht</translation>
        </message>
        <message>
            <source>Let the person sign who comes</source>
            <translation>die Person soll unterschreiben, die kommt</translation>
        </message>
        <message>
            <source>a change of users needs a reason</source>
            <translation>eine Änderung der Benutzer braucht einen Grund</translation>
        </message>
        <message>
            <source>the first user has to be an admin</source>
            <translation>der erste Benutzer muss ein Administrator sein</translation>
        </message>
        <message>
            <source>Give it --role admin; then it adds the others</source>
            <translation>die Rolle admin geben; sie fügt dann die anderen hinzu</translation>
        </message>
        <message>
            <source>nobody erases themselves</source>
            <translation>niemand löscht sich selbst</translation>
        </message>
        <message>
            <source>Let another admin do it</source>
            <translation>ein anderer Administrator soll es tun</translation>
        </message>
        <message>
            <source>nothing is known of '{0}'</source>
            <translation>über „{0}“ ist nichts bekannt</translation>
        </message>
        <message>
            <source>See `inspector user list`</source>
            <translation>siehe „inspector user list“</translation>
        </message>
        <message>
            <source>nobody changes their own account</source>
            <translation>niemand ändert das eigene Konto</translation>
        </message>
        <message>
            <source>this is the only admin</source>
            <translation>das ist der einzige Administrator</translation>
        </message>
        <message>
            <source>Add another one first</source>
            <translation>erst einen weiteren hinzufügen</translation>
        </message>
        <message>
            <source>there is no role '{0}'</source>
            <translation>es gibt keine Rolle „{0}“</translation>
        </message>
        <message>
            <source>the password has {0} characters, not {1} to {2}</source>
            <translation>das Passwort hat {0} Zeichen, nicht {1} bis {2}</translation>
        </message>
        <message>
            <source>A sentence is easy to keep</source>
            <translation>ein Satz ist leicht zu behalten</translation>
        </message>
        <message>
            <source>the password is easy to guess</source>
            <translation>das Passwort ist leicht zu erraten</translation>
        </message>
        <message>
            <source>Choose one without your staff id and without usual words</source>
            <translation>eines ohne Personalnummer und ohne übliche Wörter wählen</translation>
        </message>
        <message>
            <source>the PIN is not 6 to 12 digits</source>
            <translation>die PIN hat nicht 6 bis 12 Ziffern</translation>
        </message>
        <message>
            <source>Choose another</source>
            <translation>eine andere wählen</translation>
        </message>
        <message>
            <source>the PIN is easy to guess</source>
            <translation>die PIN ist leicht zu erraten</translation>
        </message>
        <message>
            <source>Choose digits that do not run</source>
            <translation>Ziffern wählen, die nicht fortlaufen</translation>
        </message>
        <message>
            <source>the badge number is not 4 to 64 ASCII characters without spaces</source>
            <translation>die Ausweisnummer hat nicht 4 bis 64 ASCII-Zeichen ohne Leerzeichen</translation>
        </message>
        <message>
            <source>Read the badge again</source>
            <translation>den Ausweis noch einmal lesen</translation>
        </message>
        <message>
            <source>nobody is logged in here, or the time without a command was too long</source>
            <translation>niemand ist hier angemeldet, oder es kam zu lange kein Befehl</translation>
        </message>
        <message>
            <source>the users cannot be read: two have one staff id or one badge</source>
            <translation>die Benutzer können nicht gelesen werden: zwei haben dieselbe Nummer oder denselben Ausweis</translation>
        </message>
        <message>
            <source>Put back your copy of the file; without it `inspector user add` makes a new first admin</source>
            <translation>die eigene Kopie der Datei zurücklegen; ohne sie macht „inspector user add“ einen neuen ersten Administrator</translation>
        </message>
        <message>
            <source>there is no user '{0}'</source>
            <translation>es gibt keinen Benutzer „{0}“</translation>
        </message>
        <message>
            <source>there is a user '{0}' already</source>
            <translation>es gibt schon einen Benutzer „{0}“</translation>
        </message>
        <message>
            <source>Choose another id; ids are never reused</source>
            <translation>eine andere Nummer wählen; Nummern werden nie wieder vergeben</translation>
        </message>
        <message>
            <source>there are {0} users</source>
            <translation>es gibt {0} Benutzer</translation>
        </message>
        <message>
            <source>Erase those who left</source>
            <translation>die löschen, die gegangen sind</translation>
        </message>
        <message>
            <source>this badge is another person's</source>
            <translation>dieser Ausweis gehört einer anderen Person</translation>
        </message>
        <message>
            <source>Take it from that person first</source>
            <translation>ihn ihr zuerst wegnehmen</translation>
        </message>
        <message>
            <source>{0} is larger than {1} bytes</source>
            <translation>{0} ist größer als {1} Byte</translation>
        </message>
        <message>
            <source>It is not the file of the users</source>
            <translation>das ist nicht die Datei der Benutzer</translation>
        </message>
        <message>
            <source>Check owner and disk</source>
            <translation>Eigentümer und Platte prüfen</translation>
        </message>
        <message>
            <source>no such user: {0}</source>
            <translation>kein solcher Benutzer: {0}</translation>
        </message>
        <message>
            <source>Use letters, digits, '.', '_' and '-'</source>
            <translation>Buchstaben, Ziffern, „.“, „_“ und „-“ verwenden</translation>
        </message>
        <message>
            <source>the api's answer does not fit the schema</source>
            <translation>die Antwort der API passt nicht zum Schema</translation>
        </message>
        <message>
            <source>Update this program or the station</source>
            <translation>dieses Programm oder die Station aktualisieren</translation>
        </message>
        <message>
            <source>Type or scan it again</source>
            <translation>noch einmal eingeben oder scannen</translation>
        </message>
        <message>
            <source>the api process does not answer: {0}</source>
            <translation>der API-Prozess antwortet nicht: {0}</translation>
        </message>
        <message>
            <source>It restarts by itself within seconds</source>
            <translation>startet in Sekunden von selbst neu</translation>
        </message>
        <message>
            <source>no station runs in {0}</source>
            <translation>in {0} läuft keine Station</translation>
        </message>
        <message>
            <source>Start it with `inspector run --station DIR`</source>
            <translation>mit „inspector run --station ORDNER“ starten</translation>
        </message>
        <message>
            <source>the api answered with HTTP status {0}</source>
            <translation>die API hat mit HTTP-Status {0} geantwortet</translation>
        </message>
        <message>
            <source>See logs/api.log</source>
            <translation>siehe logs/api.log</translation>
        </message>
        <message>
            <source>the station's answer does not fit the schema</source>
            <translation>die Antwort der Station passt nicht zum Schema</translation>
        </message>
        <message>
            <source>Station and api differ: reinstall</source>
            <translation>Station und API sind verschieden: neu installieren</translation>
        </message>
        <message>
            <source>there is no exported file {0}</source>
            <translation>es gibt keine exportierte Datei {0}</translation>
        </message>
        <message>
            <source>See /v1/exports</source>
            <translation>siehe /v1/exports</translation>
        </message>
        <message>
            <source>{0} cannot be made: {1}</source>
            <translation>{0} kann nicht angelegt werden: {1}</translation>
        </message>
        <message>
            <source>Check the disk</source>
            <translation>die Platte prüfen</translation>
        </message>
        <message>
            <source>{0} cannot be kept: {1}</source>
            <translation>{0} kann nicht behalten werden: {1}</translation>
        </message>
        <message>
            <source>{0} listeners are connected already</source>
            <translation>{0} Zuhörer sind schon verbunden</translation>
        </message>
        <message>
            <source>Close a screen</source>
            <translation>einen Bildschirm schließen</translation>
        </message>
        <message>
            <source>the body is larger than {0} bytes</source>
            <translation>die Anfrage ist größer als {0} Byte</translation>
        </message>
        <message>
            <source>No command needs that much</source>
            <translation>kein Befehl braucht so viel</translation>
        </message>
        <message>
            <source>the request names a host or origin that is not this station's</source>
            <translation>die Anfrage nennt einen Rechner oder Ursprung, der nicht der dieser Station ist</translation>
        </message>
        <message>
            <source>Use http://127.0.0.1 and the port</source>
            <translation>http://127.0.0.1 und den Port verwenden</translation>
        </message>
        <message>
            <source>the request carries no token of this run</source>
            <translation>die Anfrage trägt kein Kennzeichen dieses Laufs</translation>
        </message>
        <message>
            <source>Send 'Authorization: Bearer' with the text of run/api-token in the station directory</source>
            <translation>„Authorization: Bearer“ mit dem Text von run/api-token im Ordner der Station senden</translation>
        </message>
        <message>
            <source>the body did not arrive within {0} s</source>
            <translation>die Anfrage kam nicht innerhalb von {0} s an</translation>
        </message>
        <message>
            <source>Send it at once</source>
            <translation>auf einmal senden</translation>
        </message>
        <message>
            <source>image {0} is not stored</source>
            <translation>das Bild {0} ist nicht gespeichert</translation>
        </message>
        <message>
            <source>A new image takes a moment to be written</source>
            <translation>ein neues Bild braucht einen Moment, bis es geschrieben ist</translation>
        </message>
        <message>
            <source>record {0} is damaged</source>
            <translation>Aufzeichnung {0} ist beschädigt</translation>
        </message>
        <message>
            <source>{0} is larger than any image of a camera</source>
            <translation>{0} ist größer als jedes Bild einer Kamera</translation>
        </message>
        <message>
            <source>image {0} was erased by its retention rule, record {1}</source>
            <translation>das Bild {0} wurde nach seiner Aufbewahrungsregel gelöscht, Aufzeichnung {1}</translation>
        </message>
        <message>
            <source>Its record keeps its hash, and what was judged</source>
            <translation>seine Aufzeichnung behält die Prüfsumme und das Urteil</translation>
        </message>
        <message>
            <source>exactly one of shift, lot and serial is exported</source>
            <translation>genau eines von Schicht, Los und Seriennummer wird exportiert</translation>
        </message>
        <message>
            <source>Name one of them</source>
            <translation>eines davon nennen</translation>
        </message>
        <message>
            <source>no picture of camera {0} yet</source>
            <translation>noch kein Bild der Kamera {0}</translation>
        </message>
        <message>
            <source>See the camera's name and state in /v1/status</source>
            <translation>Name und Zustand der Kamera stehen in /v1/status</translation>
        </message>
        <message>
            <source>there is no job {0}</source>
            <translation>es gibt keinen Auftrag {0}</translation>
        </message>
        <message>
            <source>Jobs end with the api process: begin it again</source>
            <translation>Aufträge enden mit dem API-Prozess: noch einmal beginnen</translation>
        </message>
        <message>
            <source>the command ended with code {0}: {1}</source>
            <translation>der Befehl endete mit Code {0}: {1}</translation>
        </message>
        <message>
            <source>the command ended with code {0}</source>
            <translation>der Befehl endete mit Code {0}</translation>
        </message>
        <message>
            <source>Use the command line</source>
            <translation>die Befehlszeile verwenden</translation>
        </message>
        <message>
            <source>it could not be run: {0}</source>
            <translation>es konnte nicht ausgeführt werden: {0}</translation>
        </message>
        <message>
            <source>it was broken off after {0} s</source>
            <translation>es wurde nach {0} s abgebrochen</translation>
        </message>
        <message>
            <source>the disk has no room for it: inspection would stop</source>
            <translation>auf der Platte ist kein Platz dafür: die Prüfung der Teile würde anhalten</translation>
        </message>
        <message>
            <source>a job of this kind is under way: {0}</source>
            <translation>ein Auftrag dieser Art läuft schon: {0}</translation>
        </message>
        <message>
            <source>Wait for it, or stop it: DELETE /v1/jobs/{{number}}</source>
            <translation>darauf warten, oder ihn beenden: DELETE /v1/jobs/{{number}}</translation>
        </message>
        <message>
            <source>Free space, or export to another disk</source>
            <translation>Platz schaffen, oder auf eine andere Platte exportieren</translation>
        </message>
        <message>
            <source>It restarts by itself; if not, start it with `inspector run`</source>
            <translation>startet von selbst neu; wenn nicht, mit „inspector run“ starten</translation>
        </message>
        <message>
            <source>too many commands wait for the station</source>
            <translation>zu viele Befehle warten auf die Station</translation>
        </message>
        <message>
            <source>the station has not answered '{0}' for {1} s</source>
            <translation>die Station hat auf „{0}“ seit {1} s nicht geantwortet</translation>
        </message>
        <message>
            <source>Look at the status before trying again</source>
            <translation>den Status ansehen, bevor es noch einmal versucht wird</translation>
        </message>
        <message>
            <source>preview of {0} is not base64</source>
            <translation>die Vorschau von {0} ist kein Base64</translation>
        </message>
        <message>
            <source>parts are being counted for somebody else</source>
            <translation>Teile werden gerade für jemand anderen gezählt</translation>
        </message>
        <message>
            <source>Try again in a few seconds</source>
            <translation>in einigen Sekunden noch einmal versuchen</translation>
        </message>
        <message>
            <source>query: nobody here reads '{0}'</source>
            <translation>query: niemand liest hier „{0}“</translation>
        </message>
        <message>
            <source>See /openapi.json</source>
            <translation>siehe /openapi.json</translation>
        </message>
        <message>
            <source>there is no shift {0}</source>
            <translation>es gibt keine Schicht {0}</translation>
        </message>
        <message>
            <source>See the number in the status</source>
            <translation>die Nummer steht im Status</translation>
        </message>
        <message>
            <source>trends are being counted for others</source>
            <translation>Trends werden gerade für andere gezählt</translation>
        </message>
        <message>
            <source>The plant gave the count {0} to two parts; the second has no record</source>
            <translation>die Anlage gab zwei Teilen die Nummer {0}; das zweite hat keine Aufzeichnung</translation>
        </message>
        <message>
            <source>The encoder is not read</source>
            <translation>der Drehgeber wird nicht gelesen</translation>
        </message>
        <message>
            <source>The belt runs and its encoder does not count</source>
            <translation>das Band läuft, und sein Drehgeber zählt nicht</translation>
        </message>
        <message>
            <source>The encoder jumped</source>
            <translation>der Drehgeber ist gesprungen</translation>
        </message>
        <message>
            <source>The belt was moved back too far</source>
            <translation>das Band wurde zu weit zurückgeschoben</translation>
        </message>
        <message>
            <source>The belt is faster than tracking.speed_mm_s</source>
            <translation>das Band ist schneller als tracking.speed_mm_s</translation>
        </message>
        <message>
            <source>Part {0} of the plant's count is in the good lane and has no record: its edge was not seen</source>
            <translation>Teil {0} der Zählung der Anlage ist in der Gutbahn und hat keine Aufzeichnung: seine Flanke wurde nicht gesehen</translation>
        </message>
        <message>
            <source>The belt's emergency stop is active</source>
            <translation>der Not-Halt des Bandes ist aktiv</translation>
        </message>
        <message>
            <source>The part-present sensor is covered for too long</source>
            <translation>der Teilesensor ist zu lange verdeckt</translation>
        </message>
        <message>
            <source>A lane sensor is covered for too long</source>
            <translation>ein Bahnsensor ist zu lange verdeckt</translation>
        </message>
        <message>
            <source>More parts a minute than tracking.max_rate_ppm</source>
            <translation>mehr Teile je Minute als tracking.max_rate_ppm</translation>
        </message>
        <message>
            <source>The reject bin is full</source>
            <translation>der Auswurfbehälter ist voll</translation>
        </message>
        <message>
            <source>The ejector has no air</source>
            <translation>der Auswerfer hat keine Druckluft</translation>
        </message>
        <message>
            <source>The PASS output is {0}, and the station has set it otherwise: the module has started again?</source>
            <translation>der PASS-Ausgang ist {0}, und die Station hat ihn anders gesetzt: wurde das Modul neu gestartet?</translation>
        </message>
        <message>
            <source>The watchdog of the I/O module {0} has tripped: its outputs fell while nobody saw it</source>
            <translation>die Überwachung des E/A-Moduls {0} hat ausgelöst: seine Ausgänge fielen, während es niemand sah</translation>
        </message>
        <message>
            <source>The watchdog of the I/O module {0} {1}</source>
            <translation>die Überwachung des E/A-Moduls {0} {1}</translation>
        </message>
        <message>
            <source>The watchdog of the I/O module {0} is not proven: nothing says where to read {1}</source>
            <translation>die Überwachung des E/A-Moduls {0} ist nicht nachgewiesen: nichts sagt, wo {1} zu lesen ist</translation>
        </message>
        <message>
            <source>The sensor of the {0} lane saw a part where none can be</source>
            <translation>der Sensor der Bahn {0} sah ein Teil, wo keines sein kann</translation>
        </message>
        <message>
            <source>The plant is not connected</source>
            <translation>die Anlage ist nicht verbunden</translation>
        </message>
        <message>
            <source>The plant does not answer</source>
            <translation>die Anlage antwortet nicht</translation>
        </message>
        <message>
            <source>The plant's outputs are in their safe state</source>
            <translation>die Ausgänge der Anlage sind im sicheren Zustand</translation>
        </message>
        <message>
            <source>The station process is not connected</source>
            <translation>der Stationsprozess ist nicht verbunden</translation>
        </message>
        <message>
            <source>The station process does not answer</source>
            <translation>der Stationsprozess antwortet nicht</translation>
        </message>
        <message>
            <source>The station is not ready</source>
            <translation>die Station ist nicht bereit</translation>
        </message>
        <message>
            <source>The line process does not work</source>
            <translation>der Linienprozess arbeitet nicht</translation>
        </message>
        <message>
            <source>The PASS output was on when the module was found again: it starts with its outputs on, or has no watchdog</source>
            <translation>der PASS-Ausgang war an, als das Modul wiedergefunden wurde: es startet mit Ausgängen an, oder hat keine Überwachung</translation>
        </message>
        <message>
            <source>there is no released recipe {0}</source>
            <translation>es gibt kein freigegebenes Rezept {0}</translation>
        </message>
        <message>
            <source>Use one of: {0}</source>
            <translation>eines davon verwenden: {0}</translation>
        </message>
        <message>
            <source>the recipe is another one than was shown</source>
            <translation>das Rezept ist ein anderes als das gezeigte</translation>
        </message>
        <message>
            <source>Look at the list of recipes again</source>
            <translation>die Liste der Rezepte noch einmal ansehen</translation>
        </message>
        <message>
            <source>a changeover to {0} is under way</source>
            <translation>es wird gerade auf {0} umgerüstet</translation>
        </message>
        <message>
            <source>Wait until it is done</source>
            <translation>warten, bis es getan ist</translation>
        </message>
        <message>
            <source>recipe {0} or its model is not what it was when the station started</source>
            <translation>Rezept {0} oder sein Modell ist nicht mehr, was es beim Start der Station war</translation>
        </message>
        <message>
            <source>Restart the station, so that the change is recorded</source>
            <translation>die Station neu starten, damit die Änderung aufgezeichnet wird</translation>
        </message>
        <message>
            <source>there is no camera '{0}'</source>
            <translation>es gibt keine Kamera „{0}“</translation>
        </message>
        <message>
            <source>See the cameras in the status</source>
            <translation>die Kameras stehen im Status</translation>
        </message>
        <message>
            <source>changing to recipe {0}</source>
            <translation>es wird auf Rezept {0} umgerüstet</translation>
        </message>
        <message>
            <source>wait; then open a shift</source>
            <translation>warten; dann eine Schicht öffnen</translation>
        </message>
        <message>
            <source>recipe {0} is in force, and not the one that was named</source>
            <translation>Rezept {0} gilt, und nicht das genannte</translation>
        </message>
        <message>
            <source>Change over first</source>
            <translation>erst umrüsten</translation>
        </message>
        <message>
            <source>too many parts wait for the detector</source>
            <translation>zu viele Teile warten auf den Detektor</translation>
        </message>
        <message>
            <source>there is no picture of {0}</source>
            <translation>es gibt kein Bild von {0}</translation>
        </message>
        <message>
            <source>Name one in [recipes] of station.toml</source>
            <translation>eines in [recipes] von station.toml nennen</translation>
        </message>
        <message>
            <source>the picture of {0} is no PNG or JPEG of at most 8 MiB</source>
            <translation>das Bild von {0} ist kein PNG oder JPEG von höchstens 8 MiB</translation>
        </message>
        <message>
            <source>Give another file</source>
            <translation>eine andere Datei angeben</translation>
        </message>
        <message>
            <source>the picture of {0} cannot be read: {1}</source>
            <translation>das Bild von {0} kann nicht gelesen werden: {1}</translation>
        </message>
        <message>
            <source>Check its path</source>
            <translation>den Pfad prüfen</translation>
        </message>
        <message>
            <source>query: '{0}' is given more than once</source>
            <translation>query: „{0}“ ist mehrmals angegeben</translation>
        </message>
        <message>
            <source>Give it once: no answer is to both</source>
            <translation>einmal angeben: keine Antwort gilt für beide</translation>
        </message>
        <message>
            <source>this tells of no export</source>
            <translation>das erzählt von keinem Export</translation>
        </message>
        <message>
            <source>the station was started again since the export began</source>
            <translation>die Station wurde seit dem Beginn des Exports neu gestartet</translation>
        </message>
        <message>
            <source>Export again</source>
            <translation>noch einmal exportieren</translation>
        </message>
        <message>
            <source>settings are changed by an admin who has logged in, and this station has no users</source>
            <translation>Einstellungen ändert ein angemeldeter Administrator, und diese Station hat keine Benutzer</translation>
        </message>
        <message>
            <source>See `inspector user add`, or change station.toml on the station's computer</source>
            <translation>siehe „inspector user add“, oder station.toml auf dem Rechner der Station ändern</translation>
        </message>
        <message>
            <source>why must be given</source>
            <translation>der Grund muss angegeben werden</translation>
        </message>
        <message>
            <source>Say it in a few words, for the record</source>
            <translation>in wenigen Worten sagen, für die Aufzeichnung</translation>
        </message>
        <message>
            <source>end the station and start it again, then open the shift</source>
            <translation>die Station beenden und neu starten, dann die Schicht öffnen</translation>
        </message>
        <message>
            <source>mend station.toml, then start the station again</source>
            <translation>station.toml in Ordnung bringen, dann die Station neu starten</translation>
        </message>
        <message>
            <source>the document of the settings is damaged</source>
            <translation>das Dokument der Einstellungen ist beschädigt</translation>
        </message>
        <message>
            <source>{0} changed settings wait for a restart: {1}</source>
            <translation>{0} geänderte Einstellungen warten auf einen Neustart: {1}</translation>
        </message>
        <message>
            <source>1 changed setting waits for a restart: {0}</source>
            <translation>1 geänderte Einstellung wartet auf einen Neustart: {0}</translation>
        </message>
        <message>
            <source>output or reason of {0} is no short text</source>
            <translation>Ausgang oder Grund von {0} ist kein kurzer Text</translation>
        </message>
        <message>
            <source>for_ms of manual-force is no number</source>
            <translation>for_ms von manual-force ist keine Zahl</translation>
        </message>
        <message>
            <source>a shift is open</source>
            <translation>eine Schicht ist offen</translation>
        </message>
        <message>
            <source>Close it; outputs are forced between shifts only</source>
            <translation>Schicht schließen; Ausgänge werden nur zwischen Schichten gesetzt</translation>
        </message>
        <message>
            <source>MANUAL - outputs are forced by {0}</source>
            <translation>HANDBETRIEB - Ausgänge werden von {0} gesetzt</translation>
        </message>
        <message>
            <source>end manual mode on the Service screen before a shift is opened</source>
            <translation>Handbetrieb auf dem Bild Service beenden, bevor eine Schicht geöffnet wird</translation>
        </message>
        <message>
            <source>manual mode is on already, by {0}</source>
            <translation>der Handbetrieb ist schon eingeschaltet, von {0}</translation>
        </message>
        <message>
            <source>Let them end it, or end it</source>
            <translation>Von dieser Person beenden lassen oder selbst beenden</translation>
        </message>
        <message>
            <source>who switches to manual and what for must be given</source>
            <translation>wer auf Handbetrieb schaltet und wofür, muss angegeben werden</translation>
        </message>
        <message>
            <source>It restarts by itself; then try again</source>
            <translation>Er startet von selbst neu; dann noch einmal versuchen</translation>
        </message>
        <message>
            <source>an output is forced for 1 to {0} ms</source>
            <translation>ein Ausgang wird für 1 bis {0} ms gesetzt</translation>
        </message>
        <message>
            <source>See [manual] in docs/settings.md</source>
            <translation>Siehe [manual] in docs/settings.md</translation>
        </message>
        <message>
            <source>manual mode is not on</source>
            <translation>der Handbetrieb ist nicht eingeschaltet</translation>
        </message>
        <message>
            <source>Switch to manual first</source>
            <translation>Erst auf Handbetrieb schalten</translation>
        </message>
        <message>
            <source>manual mode is {0}'s</source>
            <translation>der Handbetrieb gehört {0}</translation>
        </message>
        <message>
            <source>Let them end it, or end it and begin your own</source>
            <translation>Von dieser Person beenden lassen, oder beenden und selbst beginnen</translation>
        </message>
        <message>
            <source>manual mode ended meanwhile</source>
            <translation>der Handbetrieb ist inzwischen beendet</translation>
        </message>
        <message>
            <source>Begin it again</source>
            <translation>Noch einmal beginnen</translation>
        </message>
        <message>
            <source>The line is in manual mode</source>
            <translation>Die Linie ist im Handbetrieb</translation>
        </message>
        <message>
            <source>the ledger {0} has taken no seal for {1} h</source>
            <translation>das Register {0} hat seit {1} h kein Siegel angenommen</translation>
        </message>
        <message>
            <source>nothing goes to the ledger {0} any more: {1}</source>
            <translation>das Register {0} bekommt nichts mehr: {1}</translation>
        </message>
        <message>
            <source>have the way to the ledger looked at</source>
            <translation>den Weg zum Register prüfen lassen</translation>
        </message>
        <message>
            <source>find out why; restart the station when it is mended</source>
            <translation>herausfinden, warum; die Station neu starten, wenn es behoben ist</translation>
        </message>
        <message>
            <source>{0} was changed while it was read</source>
            <translation>{0} wurde geändert, während es gelesen wurde</translation>
        </message>
        <message>
            <source>the station has no product {0}</source>
            <translation>die Station hat kein Produkt {0}</translation>
        </message>
        <message>
            <source>the release is not named by a SHA-256</source>
            <translation>die Freigabe ist nicht durch eine SHA-256 benannt</translation>
        </message>
        <message>
            <source>Use `inspector release activate`</source>
            <translation>`inspector release activate` verwenden</translation>
        </message>
        <message>
            <source>the reason is missing</source>
            <translation>der Grund fehlt</translation>
        </message>
        <message>
            <source>Say why, with `--why`</source>
            <translation>den Grund angeben, mit `--why`</translation>
        </message>
        <message>
            <source>{0} is judged by the files of the settings</source>
            <translation>{0} wird nach den Dateien der Einstellungen beurteilt</translation>
        </message>
        <message>
            <source>There is nothing to roll back</source>
            <translation>Es gibt nichts zurückzunehmen</translation>
        </message>
        <message>
            <source>the files of {0} in the settings: {1}</source>
            <translation>die Dateien von {0} in den Einstellungen: {1}</translation>
        </message>
        <message>
            <source>{0} holds another release</source>
            <translation>in {0} liegt eine andere Freigabe</translation>
        </message>
        <message>
            <source>Use `inspector release activate` with its folder</source>
            <translation>`inspector release activate` mit ihrem Ordner verwenden</translation>
        </message>
        <message>
            <source>the settings of the station name nobody who may sign releases</source>
            <translation>die Einstellungen der Station nennen niemanden, der Freigaben unterschreiben darf</translation>
        </message>
        <message>
            <source>Name the public keys of people who may sign releases in release.authority of station.toml</source>
            <translation>die öffentlichen Schlüssel derer, die Freigaben unterschreiben dürfen, in release.authority von station.toml nennen</translation>
        </message>
        <message>
            <source>the files of {0} in the settings are not those that judged before: {1}</source>
            <translation>die Dateien von {0} in den Einstellungen sind nicht die, nach denen zuvor beurteilt wurde: {1}</translation>
        </message>
        <message>
            <source>Put them back; the recipe lies in documents/{0}. Or activate another release</source>
            <translation>sie zurücklegen; das Rezept liegt in documents/{0}. Oder eine andere Freigabe in Kraft setzen</translation>
        </message>
        <message>
            <source>Change over first: `inspector recipe change --to {0}`</source>
            <translation>zuerst umrüsten: `inspector recipe change --to {0}`</translation>
        </message>
        <message>
            <source>{0}: {1} holds another release</source>
            <translation>{0}: in {1} liegt eine andere Freigabe</translation>
        </message>
        <message>
            <source>Put its folder back with `inspector release activate RELEASE`, from who has the release, or from a backup; `inspector release list` says which release it is</source>
            <translation>den Ordner mit `inspector release activate RELEASE` zurücklegen, von dem, der die Freigabe hat, oder aus einer Sicherung; `inspector release list` sagt, welche Freigabe es ist</translation>
        </message>
        <message>
            <source>{0} cannot be set aside: {1}</source>
            <translation>{0} lässt sich nicht beiseitelegen: {1}</translation>
        </message>
        <message>
            <source>Move it elsewhere</source>
            <translation>es woandershin verschieben</translation>
        </message>
        <message>
            <source>Put the public key of who signs releases there, or take it out of release.authority</source>
            <translation>den öffentlichen Schlüssel dessen, der Freigaben unterschreibt, dort ablegen oder aus release.authority nehmen</translation>
        </message>
        <message>
            <source>it is about {0}, and {1} is in force</source>
            <translation>es geht um {0}, und {1} ist in Kraft</translation>
        </message>
    </context>
</TS>
