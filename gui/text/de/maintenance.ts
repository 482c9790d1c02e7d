<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>at least {low}</source>
            <translation>mindestens {low}</translation>
        </message>
        <message>
            <source>in its limits</source>
            <translation>in den Grenzen</translation>
        </message>
        <message>
            <source>{low} to {high}</source>
            <translation>{low} bis {high}</translation>
        </message>
        <message>
            <source>last {value}, {count} pictures</source>
            <translation>letzter {value}, {count} Bilder</translation>
        </message>
        <message>
            <source>Service</source>
            <translation>Service</translation>
        </message>
        <message>
            <source>not known</source>
            <translation>nicht bekannt</translation>
        </message>
        <message>
            <source>BRIGHTNESS (mean grey level)</source>
            <translation>HELLIGKEIT (mittlerer Grauwert)</translation>
        </message>
        <message>
            <source>too dark</source>
            <translation>zu dunkel</translation>
        </message>
        <message>
            <source>too bright</source>
            <translation>zu hell</translation>
        </message>
        <message>
            <source>FOCUS (variance of the Laplacian)</source>
            <translation>SCHÄRFE (Varianz des Laplace-Filters)</translation>
        </message>
        <message>
            <source>out of focus</source>
            <translation>unscharf</translation>
        </message>
        <message>
            <source>CAMERA {name}</source>
            <translation>KAMERA {name}</translation>
        </message>
        <message>
            <source>PLANT</source>
            <translation>ANLAGE</translation>
        </message>
        <message>
            <source>state</source>
            <translation>Zustand</translation>
        </message>
        <message>
            <source>device</source>
            <translation>Gerät</translation>
        </message>
        <message>
            <source>serial number</source>
            <translation>Seriennummer</translation>
        </message>
        <message>
            <source>firmware</source>
            <translation>Firmware</translation>
        </message>
        <message>
            <source>settings</source>
            <translation>Einstellungen</translation>
        </message>
        <message>
            <source>trigger edges</source>
            <translation>Auslöseflanken</translation>
        </message>
        <message>
            <source>missed triggers</source>
            <translation>verpasste Auslösungen</translation>
        </message>
        <message>
            <source>not ready</source>
            <translation>nicht bereit</translation>
        </message>
        <message>
            <source>connection</source>
            <translation>Verbindung</translation>
        </message>
        <message>
            <source>interface</source>
            <translation>Schnittstelle</translation>
        </message>
        <message>
            <source>plant's counter</source>
            <translation>Zähler der Anlage</translation>
        </message>
        <message>
            <source>infeed sensor</source>
            <translation>Einlaufsensor</translation>
        </message>
        <message>
            <source>good lane sensor</source>
            <translation>Sensor der Gutbahn</translation>
        </message>
        <message>
            <source>reject lane sensor</source>
            <translation>Sensor des Auswurfs</translation>
        </message>
        <message>
            <source>connected</source>
            <translation>verbunden</translation>
        </message>
        <message>
            <source>not connected</source>
            <translation>nicht verbunden</translation>
        </message>
        <message>
            <source>{number} h</source>
            <translation>{number} h</translation>
        </message>
        <message>
            <source>DIRECTION</source>
            <translation>RICHTUNG</translation>
        </message>
        <message>
            <source>SIGNAL</source>
            <translation>SIGNAL</translation>
        </message>
        <message>
            <source>VALUE</source>
            <translation>WERT</translation>
        </message>
        <message>
            <source>RAW</source>
            <translation>ROHWERT</translation>
        </message>
        <message>
            <source>FOR</source>
            <translation>SEIT</translation>
        </message>
        <message>
            <source>EDGES</source>
            <translation>FLANKEN</translation>
        </message>
        <message>
            <source>LAST EDGE</source>
            <translation>LETZTE FLANKE</translation>
        </message>
        <message>
            <source>ADDRESS</source>
            <translation>ADRESSE</translation>
        </message>
        <message>
            <source>IN</source>
            <translation>Eingang</translation>
        </message>
        <message>
            <source>OUT</source>
            <translation>Ausgang</translation>
        </message>
        <message>
            <source>{number} s</source>
            <translation>{number} s</translation>
        </message>
        <message>
            <source>{number} min</source>
            <translation>{number} min</translation>
        </message>
        <message>
            <source>The inputs and outputs are not known: {reason}</source>
            <translation>Die Ein- und Ausgänge sind nicht bekannt: {reason}</translation>
        </message>
        <message>
            <source>The inputs and outputs are not known</source>
            <translation>Die Ein- und Ausgänge sind nicht bekannt</translation>
        </message>
        <message>
            <source>Interface {backend}: {count} signals, as they were read</source>
            <translation>Schnittstelle {backend}: {count} Signale, wie sie gelesen wurden</translation>
        </message>
        <message>
            <source>ON</source>
            <translation>EIN</translation>
        </message>
        <message>
            <source>OFF</source>
            <translation>AUS</translation>
        </message>
        <message>
            <source>INPUTS AND OUTPUTS</source>
            <translation>EIN- UND AUSGÄNGE</translation>
        </message>
        <message>
            <source>command</source>
            <translation>Befehl</translation>
        </message>
        <message>
            <source>cannot be read now</source>
            <translation>jetzt nicht lesbar</translation>
        </message>
        <message>
            <source>other features</source>
            <translation>andere Merkmale</translation>
        </message>
        <message>
            <source>BASIC</source>
            <translation>EINFACH</translation>
        </message>
        <message>
            <source>EXPERT</source>
            <translation>FACHLEUTE</translation>
        </message>
        <message>
            <source>GURU</source>
            <translation>ALLES</translation>
        </message>
        <message>
            <source>Camera {name}: {count} features, read at {time}</source>
            <translation>Kamera {name}: {count} Merkmale, gelesen um {time}</translation>
        </message>
        <message>
            <source>{limits} in steps of {step}</source>
            <translation>{limits} in Schritten von {step}</translation>
        </message>
        <message>
            <source>not available now</source>
            <translation>jetzt nicht verfügbar</translation>
        </message>
        <message>
            <source>read only</source>
            <translation>nur lesen</translation>
        </message>
        <message>
            <source>write only</source>
            <translation>nur schreiben</translation>
        </message>
        <message>
            <source>read and write</source>
            <translation>lesen und schreiben</translation>
        </message>
        <message>
            <source>Search: part of a name</source>
            <translation>Suche: Teil eines Namens</translation>
        </message>
        <message>
            <source>READ AGAIN</source>
            <translation>NEU LESEN</translation>
        </message>
        <message>
            <source>Read only: the camera's settings file sets the features, and a change of it is approved.</source>
            <translation>Nur lesen: Die Einstellungsdatei der Kamera setzt die Merkmale, und ihre Änderung wird freigegeben.</translation>
        </message>
        <message>
            <source>DIFFERS: {count}</source>
            <translation>WEICHT AB: {count}</translation>
        </message>
        <message>
            <source>Camera {name}: the features are being read</source>
            <translation>Kamera {name}: Die Merkmale werden gelesen</translation>
        </message>
        <message>
            <source>The features are not known: {reason}</source>
            <translation>Die Merkmale sind nicht bekannt: {reason}</translation>
        </message>
        <message>
            <source>The features are not known</source>
            <translation>Die Merkmale sind nicht bekannt</translation>
        </message>
        <message>
            <source>value</source>
            <translation>Wert</translation>
        </message>
        <message>
            <source>settings file</source>
            <translation>Einstellungsdatei</translation>
        </message>
        <message>
            <source>limits</source>
            <translation>Grenzen</translation>
        </message>
        <message>
            <source>access</source>
            <translation>Zugriff</translation>
        </message>
        <message>
            <source>depends on</source>
            <translation>hängt ab von</translation>
        </message>
        <message>
            <source>category</source>
            <translation>Kategorie</translation>
        </message>
        <message>
            <source>meaning</source>
            <translation>Bedeutung</translation>
        </message>
        <message>
            <source>FEATURE</source>
            <translation>MERKMAL</translation>
        </message>
        <message>
            <source>does not set it</source>
            <translation>setzt es nicht</translation>
        </message>
        <message>
            <source>CAMERA FEATURES</source>
            <translation>KAMERAMERKMALE</translation>
        </message>
        <message>
            <source>Manual mode of {by}: {forced}</source>
            <translation>Handbetrieb von {by}: {forced}</translation>
        </message>
        <message>
            <source>Why: for the record</source>
            <translation>Warum: für die Aufzeichnung</translation>
        </message>
        <message>
            <source>SWITCH TO MANUAL</source>
            <translation>AUF HANDBETRIEB</translation>
        </message>
        <message>
            <source>PULSE 1 s</source>
            <translation>IMPULS 1 s</translation>
        </message>
        <message>
            <source>LET GO</source>
            <translation>LOSLASSEN</translation>
        </message>
        <message>
            <source>END MANUAL MODE</source>
            <translation>HANDBETRIEB BEENDEN</translation>
        </message>
        <message>
            <source>In manual mode no shift opens, and every output falls back by itself.</source>
            <translation>Im Handbetrieb öffnet keine Schicht, und jeder Ausgang fällt von selbst zurück.</translation>
        </message>
        <message>
            <source>Outputs are forced in manual mode, and that is possible between shifts only.</source>
            <translation>Ausgänge werden im Handbetrieb gesetzt, und der geht nur zwischen Schichten.</translation>
        </message>
        <message>
            <source>Log in as maintenance to switch to manual.</source>
            <translation>Als Instandhaltung anmelden, um auf Handbetrieb zu schalten.</translation>
        </message>
        <message>
            <source>Refused: {reason}</source>
            <translation>Abgelehnt: {reason}</translation>
        </message>
        <message>
            <source>nothing is forced</source>
            <translation>nichts ist gesetzt</translation>
        </message>
        <message>
            <source>FORCED</source>
            <translation>GESETZT</translation>
        </message>
        <message>
            <source>working</source>
            <translation>arbeitet</translation>
        </message>
        <message>
            <source>does not answer</source>
            <translation>antwortet nicht</translation>
        </message>
        <message>
            <source>refuses</source>
            <translation>lehnt ab</translation>
        </message>
        <message>
            <source>STOPPED</source>
            <translation>GESTOPPT</translation>
        </message>
        <message>
            <source>{anchored} of {sealed} seals are on at least {needed} of {count} ledgers that count</source>
            <translation>{anchored} von {sealed} Siegeln sind in mindestens {needed} von {count} Registern, die zählen</translation>
        </message>
        <message>
            <source>STATE</source>
            <translation>ZUSTAND</translation>
        </message>
        <message>
            <source>SEALS</source>
            <translation>SIEGEL</translation>
        </message>
        <message>
            <source>OLDEST WAITS</source>
            <translation>ÄLTESTES WARTET</translation>
        </message>
        <message>
            <source>COUNTS</source>
            <translation>ZÄHLT</translation>
        </message>
        <message>
            <source>This station has no ledger: nobody outside can check its shifts</source>
            <translation>Diese Station hat kein Register: außerhalb kann niemand ihre Schichten prüfen</translation>
        </message>
        <message>
            <source>The ledgers are not known</source>
            <translation>Die Register sind nicht bekannt</translation>
        </message>
        <message>
            <source>no</source>
            <translation>nein</translation>
        </message>
        <message>
            <source>LEDGERS</source>
            <translation>REGISTER</translation>
        </message>
    </context>
</TS>
