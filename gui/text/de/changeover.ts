<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>Order or product code</source>
            <translation>Auftrags- oder Produktcode</translation>
        </message>
        <message>
            <source>no picture is released with this recipe</source>
            <translation>mit diesem Rezept ist kein Bild freigegeben</translation>
        </message>
        <message>
            <source>THIS IS THE PRODUCT</source>
            <translation>DAS IST DAS PRODUKT</translation>
        </message>
        <message>
            <source>THE CAMERA</source>
            <translation>DIE KAMERA</translation>
        </message>
        <message>
            <source>no picture yet: put one product in front of the camera</source>
            <translation>noch kein Bild: ein Produkt vor die Kamera legen</translation>
        </message>
        <message>
            <source>the picture cannot be shown</source>
            <translation>das Bild kann nicht gezeigt werden</translation>
        </message>
        <message>
            <source>CLOSE THE SHIFT ...</source>
            <translation>SCHICHT ABSCHLIESSEN ...</translation>
        </message>
        <message>
            <source>IT IS THIS PRODUCT</source>
            <translation>ES IST DIESES PRODUKT</translation>
        </message>
        <message>
            <source>TO THE RUN SCREEN</source>
            <translation>ZUM BETRIEB</translation>
        </message>
        <message>
            <source>Product</source>
            <translation>Produkt</translation>
        </message>
        <message>
            <source>CANCEL</source>
            <translation>ABBRECHEN</translation>
        </message>
        <message>
            <source>STEP {step} OF {last}</source>
            <translation>SCHRITT {step} VON {last}</translation>
        </message>
        <message>
            <source>No released recipe has the code {code}. Choose it here, or ask quality.</source>
            <translation>Kein freigegebenes Rezept hat den Code {code}. Hier auswählen oder die Qualität fragen.</translation>
        </message>
        <message>
            <source>The recipes cannot be read: {reason}</source>
            <translation>Die Rezepte können nicht gelesen werden: {reason}</translation>
        </message>
        <message>
            <source>Lot or order</source>
            <translation>Los oder Auftrag</translation>
        </message>
        <message>
            <source>changing to recipe {name}</source>
            <translation>Umrüsten auf Rezept {name}</translation>
        </message>
        <message>
            <source>BLOCKED: {reason}</source>
            <translation>GESPERRT: {reason}</translation>
        </message>
        <message>
            <source>MEANT BY THE CODE</source>
            <translation>VOM CODE GEMEINT</translation>
        </message>
        <message>
            <source>version</source>
            <translation>Version</translation>
        </message>
        <message>
            <source>number</source>
            <translation>Nummer</translation>
        </message>
        <message>
            <source>Shift {shift} of lot {lot} is open. Close it first.</source>
            <translation>Schicht {shift} mit Los {lot} ist offen. Zuerst abschließen.</translation>
        </message>
        <message>
            <source>NOT READY: changing to recipe {name}</source>
            <translation>NICHT BEREIT: Umrüsten auf Rezept {name}</translation>
        </message>
        <message>
            <source>Recipe {name} is in force. Which lot or order?</source>
            <translation>Rezept {name} gilt. Welches Los, welcher Auftrag?</translation>
        </message>
        <message>
            <source>RUNNING with recipe {name}</source>
            <translation>BETRIEB mit Rezept {name}</translation>
        </message>
        <message>
            <source>The changeover is done.</source>
            <translation>Das Umrüsten ist fertig.</translation>
        </message>
        <message>
            <source>Nothing can be changed now.</source>
            <translation>Jetzt kann nichts geändert werden.</translation>
        </message>
        <message>
            <source>Then come back here and choose the product.</source>
            <translation>Danach hierher zurückkommen und das Produkt wählen.</translation>
        </message>
        <message>
            <source>Which product comes? Read the code of the order, or choose it here.</source>
            <translation>Welches Produkt kommt? Code des Auftrags einlesen oder hier wählen.</translation>
        </message>
        <message>
            <source>Then compare it with what lies in front of the camera.</source>
            <translation>Danach mit dem vergleichen, was vor der Kamera liegt.</translation>
        </message>
        <message>
            <source>Put one product in front of the camera. Is it this one: {name}?</source>
            <translation>Ein Produkt vor die Kamera legen. Ist es dieses: {name}?</translation>
        </message>
        <message>
            <source>Then the station loads its recipe and model. Nothing has been changed so far.</source>
            <translation>Danach lädt die Station Rezept und Modell. Bis jetzt ist nichts geändert.</translation>
        </message>
        <message>
            <source>This takes some seconds. Then open a shift.</source>
            <translation>Das dauert einige Sekunden. Danach eine Schicht öffnen.</translation>
        </message>
        <message>
            <source>Show the test parts of {name}.</source>
            <translation>Die Testteile von {name} zeigen.</translation>
        </message>
        <message>
            <source>Then parts are inspected.</source>
            <translation>Danach werden Teile geprüft.</translation>
        </message>
        <message>
            <source>The shift is open, and the station is not ready yet.</source>
            <translation>Die Schicht ist offen, und die Station ist noch nicht bereit.</translation>
        </message>
        <message>
            <source>SHA-256</source>
            <translation>SHA-256</translation>
        </message>
        <message>
            <source>test parts</source>
            <translation>Testteile</translation>
        </message>
        <message>
            <source>Then its test parts are due, if it has any.</source>
            <translation>Danach sind seine Testteile fällig, wenn es welche hat.</translation>
        </message>
        <message>
            <source>none yet</source>
            <translation>noch keins</translation>
        </message>
        <message>
            <source>old: {age}</source>
            <translation>alt: {age}</translation>
        </message>
        <message>
            <source>new</source>
            <translation>neu</translation>
        </message>
    </context>
</TS>
