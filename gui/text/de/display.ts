<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>MUCH SHORTER</source>
            <translation>VIEL KÜRZER</translation>
        </message>
        <message>
            <source>SHORTER</source>
            <translation>KÜRZER</translation>
        </message>
        <message>
            <source>LONGER</source>
            <translation>LÄNGER</translation>
        </message>
        <message>
            <source>MUCH LONGER</source>
            <translation>VIEL LÄNGER</translation>
        </message>
        <message>
            <source>Display</source>
            <translation>Anzeige</translation>
        </message>
        <message>
            <source>LIGHT</source>
            <translation>HELL</translation>
        </message>
        <message>
            <source>DARK</source>
            <translation>DUNKEL</translation>
        </message>
        <message>
            <source>Colours</source>
            <translation>Farben</translation>
        </message>
        <message>
            <source>Hold a ruler against the screen: the bar has to be 100 mm long.</source>
            <translation>Ein Lineal an den Bildschirm halten: der Balken muss 100 mm lang sein.</translation>
        </message>
        <message>
            <source>Keys are {touch} mm high, for gloves.</source>
            <translation>Tasten sind {touch} mm hoch, für Handschuhe.</translation>
        </message>
        <message>
            <source>The run screen is read from {distance} m.</source>
            <translation>Der Bildschirm Lauf ist aus {distance} m zu lesen.</translation>
        </message>
        <message>
            <source>TOO LOW FOR GLOVES: the window is {height} mm high, keys for gloves need {needed} mm. Keys are {touch} mm high here.</source>
            <translation>ZU NIEDRIG FÜR HANDSCHUHE: das Fenster ist {height} mm hoch, Tasten für Handschuhe brauchen {needed} mm. Hier sind Tasten {touch} mm hoch.</translation>
        </message>
    </context>
</TS>
