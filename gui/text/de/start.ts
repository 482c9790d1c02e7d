<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE" sourcelanguage="en">
    <context>
        <name>gui</name>
        <message>
            <source>Which station?</source>
            <translation>Welche Station?</translation>
        </message>
        <message>
            <source>Folder of a station</source>
            <translation>Ordner einer Station</translation>
        </message>
        <message>
            <source>OPEN</source>
            <translation>ÖFFNEN</translation>
        </message>
        <message>
            <source>TRY IT WITH THE SIMULATED STATION</source>
            <translation>MIT DER SIMULIERTEN STATION AUSPROBIEREN</translation>
        </message>
        <message>
            <source>Camera and line are simulated; nothing real is touched. It runs for as long as this window is open. Its records stay in {folder}.</source>
            <translation>Kamera und Linie sind simuliert; nichts Wirkliches wird berührt. Sie läuft, solange dieses Fenster offen ist. Ihre Aufzeichnungen bleiben in {folder}.</translation>
        </message>
        <message>
            <source>The simulated station is being made. This happens once and takes some seconds.</source>
            <translation>Die simulierte Station wird angelegt. Das geschieht einmal und dauert einige Sekunden.</translation>
        </message>
        <message>
            <source>The simulated station starts ...</source>
            <translation>Die simulierte Station startet ...</translation>
        </message>
        <message>
            <source>The simulated station does not run: {words}</source>
            <translation>Die simulierte Station läuft nicht: {words}</translation>
        </message>
        <message>
            <source>{folder} is no station: there is no station.toml in it. `inspector init` makes one.</source>
            <translation>{folder} ist keine Station: es liegt keine station.toml darin. „inspector init“ legt eine an.</translation>
        </message>
    </context>
</TS>
