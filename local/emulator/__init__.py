"""The emulator of AWS as a process: started, recognised, stopped, and quicker than it comes."""
