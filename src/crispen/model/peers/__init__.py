"""Published networks of the students' size class, to train by the same recipe on the same pairs.

They were made to double a picture's size. Crispen's input has display size already, so each works on its
pixel-unshuffled form, four channels where its paper has one of luma: the grid and the number of multiplications that it
has as an upscaler. Each predicts a correction that begins at zero, as the student does.
"""
