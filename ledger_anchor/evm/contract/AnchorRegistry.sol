// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Seals and heads of inspection stations, one per place, in order
/// @notice Keeps hashes only. It does not see the documents and checks no Ed25519 signature and no Merkle proof: whoever
/// holds a document compares it with the event (docs/formats.md). Who may write is decided by the sender's address.
/// @dev No upgrade, no self-destruct, no payable function, no call into another contract.
contract AnchorRegistry {
    uint8 private constant HEAD = 1;
    uint8 private constant SEAL = 2;
    uint8 private constant ROTATION = 3;

    /// @dev Who writes. One slot.
    struct Account {
        address sender;
        uint64 historyBlock; // block of the newest event of this station's history: registered, rotated, revoked ...
        bool revoked;
    }

    /// @dev How far the station has come. One slot for the numbers.
    struct Progress {
        uint64 shift; // the open one: last sealed + 1
        uint64 first; // its first record
        uint64 headCount; // records that its last head covers, 0: it has none
        uint64 lastBlock; // block of the newest entry
    }

    struct Key {
        bytes32 fingerprint; // SHA-256 of the station's Ed25519 public key
        uint64 rotatedFor; // shift that the last rotation was for
    }

    struct Entry {
        uint64 number; // index + 1, 0: there is no such entry
        uint64 blockNumber;
    }

    /// @notice May register and revoke stations; can be a multi-signature wallet.
    address public owner;
    address public pendingOwner;

    /// @notice Number of entries; the next one gets this index.
    uint64 public size;

    mapping(bytes32 => Account) private _accounts;
    mapping(bytes32 => Progress) private _progress;
    mapping(bytes32 => bytes32) private _prevSeal;
    mapping(bytes32 => Key) private _keys;
    mapping(bytes32 => mapping(bytes32 => Entry)) private _entries;
    /// @notice Station that an address writes for, 0: none.
    mapping(address => bytes32) public stationOf;

    /// @notice A seal (kind 2) or head (kind 1) was added.
    /// @param digest SHA-256 of the document, as `prev_seal` and receipts name it
    /// @param leaf SHA-256 of 0x00, the document and its signature
    /// @param previousBlock block of the station's entry before, 0: this is its first
    event Anchored(
        bytes32 indexed station,
        bytes32 indexed leaf,
        uint64 index,
        uint8 kind,
        uint64 shift,
        uint64 first,
        uint64 count,
        bytes32 prevSeal,
        bytes32 digest,
        uint64 time,
        uint64 previousBlock
    );

    /// @notice The station has another key from `shift` on. An entry of its own.
    event Rotated(
        bytes32 indexed station,
        bytes32 indexed leaf,
        uint64 index,
        uint64 shift,
        bytes32 oldKey,
        bytes32 newKey,
        bytes32 digest,
        uint64 time,
        uint64 previousBlock,
        uint64 previousHistoryBlock
    );

    /// @notice `index` in the events of history: entries before it are from before.
    event Registered(
        bytes32 indexed station, uint64 indexed index, string name, address sender, bytes32 key, uint64 time
    );
    event SenderReplaced(
        bytes32 indexed station, uint64 indexed index, address sender, uint64 time, uint64 previousHistoryBlock
    );
    event Revoked(bytes32 indexed station, uint64 indexed index, uint64 time, uint64 previousHistoryBlock);
    event OwnershipOffered(address indexed to);
    event OwnershipTaken(address indexed from, address indexed to);

    error NotOwner();
    error Malformed();
    error StationExists();
    error SenderTaken();
    error UnknownStation();
    error StationRevoked();
    error WrongSender();
    error AlreadyAnchored(uint64 index);
    /// @dev Its place is taken by another document.
    error Twin(uint64 openShift);
    /// @dev A head of a shift that is sealed.
    error ShiftSealed(uint64 openShift);
    /// @dev Seals between are missing.
    error Gap(uint64 openShift);
    /// @dev It does not follow the last seal.
    error Fork(uint64 first, bytes32 prevSeal);
    /// @dev It covers fewer records than the last head.
    error CutOff(uint64 headCount);
    /// @dev The open shift has a head by the key before.
    error HeadBefore(uint64 headCount);
    error KeyNotInForce(bytes32 key);

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner();
        _;
    }

    constructor(address firstOwner) {
        if (firstOwner == address(0)) revert Malformed();
        owner = firstOwner;
        emit OwnershipTaken(address(0), firstOwner);
    }

    /// @notice Offer the contract to another owner, who has to take it; 0 withdraws the offer.
    function offerOwnership(address to) external onlyOwner {
        pendingOwner = to;
        emit OwnershipOffered(to);
    }

    function takeOwnership() external {
        if (msg.sender != pendingOwner) revert NotOwner();
        emit OwnershipTaken(owner, msg.sender);
        owner = msg.sender;
        pendingOwner = address(0);
    }

    /// @notice Let a station write.
    /// @param name its name; the station's id is SHA-256 of it
    /// @param sender address that submits for this station, and for no other
    /// @param key SHA-256 of its first Ed25519 public key
    function register(string calldata name, address sender, bytes32 key) external onlyOwner {
        bytes32 station = sha256(bytes(name));
        if (bytes(name).length == 0 || bytes(name).length > 64 || key == 0) revert Malformed();
        if (_progress[station].shift != 0) revert StationExists();
        _accounts[station] = Account(sender, uint64(block.number), false);
        _progress[station] = Progress(1, 1, 0, 0);
        _keys[station].fingerprint = key;
        _take(sender, station);
        emit Registered(station, size, name, sender, key, uint64(block.timestamp));
    }

    /// @notice Give a station another address to submit from, as after the loss of its account.
    function replaceSender(bytes32 station, address sender) external onlyOwner {
        Account storage account = _accounts[station];
        _checkKnown(account);
        delete stationOf[account.sender];
        _take(sender, station);
        account.sender = sender;
        emit SenderReplaced(station, size, sender, uint64(block.timestamp), account.historyBlock);
        account.historyBlock = uint64(block.number);
    }

    /// @notice Admit nothing more of a station, for ever. What it has submitted stays.
    function revoke(bytes32 station) external onlyOwner {
        Account storage account = _accounts[station];
        _checkKnown(account);
        delete stationOf[account.sender];
        account.revoked = true;
        emit Revoked(station, size, uint64(block.timestamp), account.historyBlock);
        account.historyBlock = uint64(block.number);
    }

    /// @notice Add a seal or head. The very same one again reverts with AlreadyAnchored.
    function submit(
        bytes32 station,
        uint8 kind,
        uint64 shift,
        uint64 first,
        uint64 count,
        bytes32 prevSeal,
        bytes32 digest,
        bytes32 leaf
    ) external {
        _checkSender(_accounts[station]);
        if ((kind != HEAD && kind != SEAL) || count == 0) revert Malformed();
        Entry storage entry = _entries[station][leaf];
        if (entry.number != 0) revert AlreadyAnchored(entry.number - 1);
        Progress memory progress = _progress[station];
        _checkShift(shift, progress.shift, kind);
        if (first != progress.first || prevSeal != _prevSeal[station]) {
            revert Fork(progress.first, _prevSeal[station]);
        }
        if (count < progress.headCount) revert CutOff(progress.headCount);
        uint64 previousBlock = progress.lastBlock;
        progress.lastBlock = uint64(block.number);
        if (kind == SEAL) {
            progress.shift = shift + 1;
            progress.first = first + count;
            progress.headCount = 0;
            _prevSeal[station] = digest;
        } else {
            if (count == progress.headCount) revert Twin(progress.shift);
            progress.headCount = count;
        }
        _progress[station] = progress;
        uint64 index = _add(entry);
        emit Anchored(
            station, leaf, index, kind, shift, first, count, prevSeal, digest, uint64(block.timestamp), previousBlock
        );
    }

    /// @notice Add a rotation of the station's key, between two shifts, at most one each time.
    function rotate(bytes32 station, uint64 shift, bytes32 oldKey, bytes32 newKey, bytes32 digest, bytes32 leaf)
        external
    {
        Account storage account = _accounts[station];
        _checkSender(account);
        Entry storage entry = _entries[station][leaf];
        if (entry.number != 0) revert AlreadyAnchored(entry.number - 1);
        Progress storage progress = _progress[station];
        Key storage key = _keys[station];
        if (shift == key.rotatedFor) revert Twin(progress.shift);
        _checkShift(shift, progress.shift, ROTATION);
        if (progress.headCount != 0) revert HeadBefore(progress.headCount);
        if (oldKey != key.fingerprint) revert KeyNotInForce(key.fingerprint);
        if (newKey == 0 || newKey == oldKey) revert Malformed();
        key.fingerprint = newKey;
        key.rotatedFor = shift;
        uint64 index = _add(entry);
        emit Rotated(
            station,
            leaf,
            index,
            shift,
            oldKey,
            newKey,
            digest,
            uint64(block.timestamp),
            progress.lastBlock,
            account.historyBlock
        );
        progress.lastBlock = uint64(block.number);
        account.historyBlock = uint64(block.number);
    }

    /// @notice Whether and where a document is: index + 1 (0: it is not) and the number of its block.
    function entryOf(bytes32 station, bytes32 leaf) external view returns (uint64 number, uint64 blockNumber) {
        Entry storage entry = _entries[station][leaf];
        return (entry.number, entry.blockNumber);
    }

    /// @notice What is known of a station; shift 0: nothing.
    function stateOf(bytes32 station)
        external
        view
        returns (
            address sender,
            bool revoked,
            bytes32 key,
            uint64 shift,
            uint64 first,
            uint64 headCount,
            bytes32 prevSeal,
            uint64 lastBlock,
            uint64 historyBlock
        )
    {
        Account storage account = _accounts[station];
        Progress storage progress = _progress[station];
        return (
            account.sender,
            account.revoked,
            _keys[station].fingerprint,
            progress.shift,
            progress.first,
            progress.headCount,
            _prevSeal[station],
            progress.lastBlock,
            account.historyBlock
        );
    }

    function _add(Entry storage entry) private returns (uint64 index) {
        index = size;
        unchecked {
            size = index + 1;
            entry.number = index + 1;
        }
        entry.blockNumber = uint64(block.number);
    }

    function _take(address sender, bytes32 station) private {
        if (sender == address(0)) revert Malformed();
        if (stationOf[sender] != 0) revert SenderTaken();
        stationOf[sender] = station;
    }

    function _checkKnown(Account storage account) private view {
        if (account.sender == address(0)) revert UnknownStation();
        if (account.revoked) revert StationRevoked();
    }

    function _checkSender(Account storage account) private view {
        if (account.sender == msg.sender && !account.revoked) return;
        _checkKnown(account);
        revert WrongSender();
    }

    function _checkShift(uint64 shift, uint64 open, uint8 kind) private pure {
        if (shift > open) revert Gap(open);
        if (shift < open) {
            if (kind == SEAL) revert Twin(open);
            revert ShiftSealed(open);
        }
    }
}
